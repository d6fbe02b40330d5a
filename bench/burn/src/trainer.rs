//! A network with its optimizer, and a training step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::data::{IMAGE, Images};
use crate::network::{Description, Loss, Network, Penalty};

const BATCH: usize = 64;
const LEARNING_RATE: f64 = 0.001;

pub struct Trainer {
    /// Absent only within a step: the optimizer takes the network and gives the next one.
    network: Option<Network>,
    optimizer: ModuleOptimizer,
    loss: Loss,
    penalty: Penalty,
    device: Device,
    order: Vec<u32>,
    position: usize,
    random: u64,
}

impl Trainer {
    pub fn new(description: &Description) -> Self {
        let device = Device::flex().autodiff();
        Trainer {
            network: Some(Network::new(description, &device)),
            // burn's own default is 1e-5; PyTorch's and ours is 1e-8.
            optimizer: AdamConfig::new().with_epsilon(1e-8).init(),
            loss: description.loss,
            penalty: description.penalty,
            device,
            order: Vec::new(),
            position: 0,
            random: 1,
        }
    }

    pub fn parameters(&self) -> usize {
        let mut count = Count(0);
        self.network.as_ref().expect("no step is under way").visit(&mut count);
        count.0
    }

    /// The mean loss of these steps, penalty included.
    pub fn train(&mut self, data: &Images, steps: usize) -> f64 {
        (0..steps).map(|_| self.step(data)).sum::<f64>() / steps as f64
    }

    fn step(&mut self, data: &Images) -> f64 {
        let network = self.network.take().expect("no step is under way");
        let (images, labels) = self.next_batch(data);
        let mut logits = network.forward(images);
        if self.loss == Loss::CrossEntropyOfSoftmax {
            logits = softmax(logits, 1);
        }
        let mut loss = CrossEntropyLossConfig::new().init(&self.device).forward(logits, labels);
        if self.penalty.l1 != 0.0 || self.penalty.l2 != 0.0 {
            let mut sum = PenaltySum { penalty: self.penalty, sum: loss };
            network.visit(&mut sum);
            loss = sum.sum;
        }
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some(self.optimizer.step(LEARNING_RATE, network, gradients));
        value
    }

    /// The next images of a random order as f32 between 0 and 1, `[batch, 784]`, and their classes.
    fn next_batch(&mut self, data: &Images) -> (Tensor<2>, Tensor<1, Int>) {
        if self.position + BATCH > self.order.len() {
            self.shuffle(data.labels.len());
        }
        let batch = &self.order[self.position..self.position + BATCH];
        self.position += BATCH;
        let mut values = Vec::with_capacity(BATCH * IMAGE);
        for &index in batch {
            let image = &data.images[index as usize * IMAGE..][..IMAGE];
            values.extend(image.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)));
        }
        let labels: Vec<i32> =
            batch.iter().map(|&index| i32::from(data.labels[index as usize])).collect();
        (
            Tensor::from_data(TensorData::new(values, [BATCH, IMAGE]), &self.device),
            Tensor::from_data(TensorData::new(labels, [BATCH]), &self.device),
        )
    }

    /// A new random order (Fisher-Yates, xorshift64) of so many images.
    fn shuffle(&mut self, images: usize) {
        self.order = (0..images as u32).collect();
        for last in (1..images).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            self.order.swap(last, (self.random % (last as u64 + 1)) as usize);
        }
        self.position = 0;
    }
}

/// Counts what is trained: `num_params` counts running statistics too.
struct Count(usize);

impl ModuleVisitor for Count {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if parameter.is_require_grad() {
            self.0 += parameter.shape().num_elements();
        }
    }
}

/// Adds the penalty on all parameters to the loss.
struct PenaltySum {
    penalty: Penalty,
    sum: Tensor<1>,
}

impl ModuleVisitor for PenaltySum {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if self.penalty.l1 != 0.0 {
            self.sum = self.sum.clone() + parameter.val().abs().sum() * self.penalty.l1;
        }
        if self.penalty.l2 != 0.0 {
            self.sum = self.sum.clone() + parameter.val().square().sum() * self.penalty.l2;
        }
    }
}
