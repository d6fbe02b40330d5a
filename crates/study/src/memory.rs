//! Checks that there is enough memory for a network before it is made, and keeps it for the
//! network until its run ends. Linux promises more memory than it has; when that is used, it kills
//! the process, and all runs with it.

use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fitroom_data::Dataset;
use fitroom_nn::NetworkMemory;

use crate::control_group::ControlGroup;
use crate::machine_memory::kilobytes;
use crate::{NetworkPlan, RunFailure, StudyError, image_shape};

/// How much memory a run takes: for making and training its network, for its checkpoints, and for
/// scoring and predicting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunMemory {
    /// Bytes that are written, at most at once.
    pub used: u64,
    /// Bytes of addresses, which `ulimit -v` limits.
    pub addresses: u64,
}

/// Bytes that a run takes for each training image: its index in the split, in the images that are
/// scored and in an epoch's order, and the order's draws.
const OF_TRAINING_IMAGE: u64 = 16;

/// Bytes that a run takes for each test image: its index, its prediction, and the prediction's row.
const OF_TEST_IMAGE: u64 = 4 + 16 + 40;

/// Bytes that a run takes besides: its thread's stack, files, and code that is read from disk.
/// Measured: 3 to 5 MB.
const OVERHEAD: u64 = 4 << 20;

/// Bytes of addresses that Rust gives the stack of each thread.
const STACK: u64 = 2 << 20;

impl NetworkPlan {
    /// The memory that a run of this network takes with `threads` threads, within 10% from some 50
    /// MB on.
    ///
    /// # Errors
    /// If a layer does not fit the output of the one before it.
    pub fn memory(&self, dataset: &Dataset, threads: usize) -> Result<RunMemory, StudyError> {
        let architecture = self.architecture(image_shape(dataset), dataset.classes.len())?;
        let (recipe, batch_size) = (self.training.recipe(), self.training.batch_size);
        let network = NetworkMemory::of(&architecture, &recipe, batch_size, threads);
        let images = OF_TRAINING_IMAGE * dataset.train.len() as u64
            + OF_TEST_IMAGE * dataset.test.len() as u64;
        // Checkpoints are written and read tensor by tensor.
        let around = OVERHEAD + images + network.largest_tensor;
        Ok(RunMemory {
            used: network.used.saturating_add(around),
            addresses: network.reserved.saturating_add(around + STACK * threads as u64),
        })
    }
}

/// Memory that is kept for a run until this is dropped.
pub(crate) struct Reservation(RunMemory);

/// What is kept for the runs that are under way.
struct Reserved {
    runs: usize,
    memory: RunMemory,
    /// What this process took when the first of these runs began.
    before: RunMemory,
}

static RESERVED: Mutex<Reserved> = {
    const NOTHING: RunMemory = RunMemory { used: 0, addresses: 0 };
    Mutex::new(Reserved { runs: 0, memory: NOTHING, before: NOTHING })
};

/// Notified when a run gives back what was kept for it.
static RETURNED: Condvar = Condvar::new();

/// Keeps `needed` for a run. Waits while other runs are under way that leave too little; `None` if
/// it was told to stop meanwhile.
///
/// # Errors
/// There is not so much memory, although no other run is under way.
pub(crate) fn reserve(
    needed: RunMemory,
    stop: &AtomicBool,
) -> Result<Option<Reservation>, RunFailure> {
    /// Nobody is notified of a stop.
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    let mut reserved = reserved();
    loop {
        match reserved.keep(needed) {
            Ok(()) => return Ok(Some(Reservation(needed))),
            Err(error) if reserved.runs == 0 => return Err(error),
            Err(_) if stop.load(Ordering::Relaxed) => return Ok(None),
            Err(_) => {
                let waited = RETURNED.wait_timeout(reserved, LOOK_EVERY);
                reserved = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = reserved();
        reserved.runs -= 1;
        reserved.memory.used -= self.0.used;
        reserved.memory.addresses -= self.0.addresses;
        RETURNED.notify_all();
    }
}

fn reserved() -> MutexGuard<'static, Reserved> {
    // The sums are right even if a thread panicked that held them.
    RESERVED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reserved {
    /// Keeps `needed` for one more run, if there is so much beside what is kept for the others.
    fn keep(&mut self, needed: RunMemory) -> Result<(), RunFailure> {
        let taken = of_process();
        if self.runs == 0 {
            self.before = taken;
        }
        let free = free().map(|free| self.left_of(free, taken, |memory| memory.used));
        if free.is_some_and(|free| needed.used > free) {
            return Err(RunFailure::Memory { needed: needed.used, free });
        }
        let free =
            free_addresses(taken).map(|free| self.left_of(free, taken, |memory| memory.addresses));
        // A system without /proc tells its limit only to a process that asks for more.
        let is_refused = || {
            usize::try_from(needed.addresses)
                .map_or(true, |bytes| black_box(Vec::<u8>::new()).try_reserve_exact(bytes).is_err())
        };
        if free.is_some_and(|free| needed.addresses > free) || is_refused() {
            return Err(RunFailure::Addresses { needed: needed.addresses, free });
        }
        self.runs += 1;
        self.memory.used += needed.used;
        self.memory.addresses += needed.addresses;
        Ok(())
    }

    /// What is left of the `free` bytes when all runs have taken what is kept for them. The process
    /// has `taken` some of it already.
    fn left_of(&self, free: u64, taken: RunMemory, of: impl Fn(&RunMemory) -> u64) -> u64 {
        let taken_by_runs = of(&taken).saturating_sub(of(&self.before));
        free.saturating_sub(of(&self.memory).saturating_sub(taken_by_runs))
    }
}

/// Bytes that a process can have before the system must swap or kill; `None` if the system does not
/// tell.
fn free() -> Option<u64> {
    let machine = kilobytes("/proc/meminfo", "MemAvailable:");
    let group = ControlGroup::own().and_then(|group| group.free());
    machine.into_iter().chain(group).min()
}

/// What this process takes; nothing if the system does not tell.
fn of_process() -> RunMemory {
    let of = |name| kilobytes("/proc/self/status", name).unwrap_or(0);
    RunMemory { used: of("VmRSS:"), addresses: of("VmSize:") }
}

/// Bytes of addresses that `ulimit -v` leaves; `None` if it has no limit.
fn free_addresses(taken: RunMemory) -> Option<u64> {
    addresses_left(&fs::read_to_string("/proc/self/limits").ok()?, taken.addresses)
}

/// The same, by the text of `/proc/self/limits` and the addresses that are taken.
fn addresses_left(limits: &str, taken: u64) -> Option<u64> {
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    Some(limit.split_whitespace().next()?.parse::<u64>().ok()?.saturating_sub(taken))
}

#[cfg(test)]
mod tests;
