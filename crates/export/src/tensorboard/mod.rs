//! TensorBoard's event files: scalars, images, and the settings of the hparams plugin.
//!
//! [`EventWriter`] writes what PyTorch's `SummaryWriter` writes, so that every program that reads its
//! files reads these too. A scalar is a `simple_value`, of 32 bits. TensorBoard's data server shows no
//! scalar of another type: it drops tensors of 64 bits. Its `EventAccumulator` returns a `simple_value`
//! from `Scalars`, and of tensors only ten of each tag unless it is told otherwise.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use fitroom_export::tensorboard::{EventFileName, EventWriter, Moment};
//!
//! let name = EventFileName::new(SystemTime::now(), "node3", "1a2b3c");
//! assert!(name.to_string().starts_with("events.out.tfevents."));
//!
//! let mut file = Vec::new();
//! let mut events = EventWriter::begin(&mut file, SystemTime::now())?;
//! for (epoch, loss) in (1..).zip([0.61, 0.48, 0.44]) {
//!     let moment = Moment { time: SystemTime::now(), step: epoch };
//!     events.scalars(moment, [("loss/train", loss)])?;
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

mod file_name;
mod hparams;
mod message;
mod png_image;
mod record;
mod writer;

pub use file_name::EventFileName;
pub use hparams::{HparamColumn, HparamMetric, HparamTable, HparamValue, SessionEnd};
pub use png_image::{NoPng, PngImage};
pub use writer::{EventWriter, Moment, ends_session};
