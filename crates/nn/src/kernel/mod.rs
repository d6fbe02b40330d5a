//! Where the arithmetic happens: the one module with `unsafe`, compiled for each instruction set and chosen at run time.

mod product;
mod sparse;
mod transpose;
pub(crate) mod winograd;

use std::sync::LazyLock;

use pulp::Arch;

pub(crate) use product::{Matrix, Product, Start};
pub(crate) use sparse::{SPARSE_SCRATCH, is_sparse};
pub(crate) use transpose::transpose;

/// The best instruction set of this machine: AVX-512, AVX2 with FMA, NEON, or what the target guarantees.
static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs `operation` compiled for the machine's instruction set: plain loops over slices inside it then use its widest
/// vectors.
#[inline(always)]
pub(crate) fn vectorized<R>(operation: impl FnOnce() -> R) -> R {
    ARCH.dispatch(operation)
}
