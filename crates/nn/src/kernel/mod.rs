//! The arithmetic of layers. Kernels are compiled for each instruction set, and the program chooses
//! among them when it runs. Only this module has `unsafe` code.

mod adam;
mod columns;
mod exp;
mod instructions;
mod peak;
mod prefetch;
mod product;
mod sparse;
mod transpose;
pub(crate) mod winograd;

pub(crate) use self::instructions::ARCH;

pub(crate) use adam::{AdamStep, LEAST_MEAN, PenaltyGradient};
pub(crate) use columns::FilledColumns;
pub(crate) use exp::{exp, exp_minus_one};
pub use instructions::{InstructionSet, InstructionSetError, SIMD_VARIABLE, instruction_set};
pub use peak::{Chains, multiply_add_chains, triad};
pub(crate) use prefetch::{PrefetchPlan, prefetch_bytes};
pub(crate) use product::{Matrix, Product, Start};
pub(crate) use sparse::{SPARSE_SCRATCH, is_sparse};
pub(crate) use transpose::transpose;

/// Runs `operation` compiled for the chosen instruction set, so that plain loops over slices use
/// its widest vectors.
///
/// This works for small closures only. The compiler does not inline a large closure, and then
/// compiles it for what the target guarantees: write a [`WithSimd`](pulp::WithSimd) instead.
#[inline(always)]
pub(crate) fn vectorized<R>(operation: impl FnOnce() -> R) -> R {
    ARCH.dispatch(operation)
}

/// The index of the element that lies `count` times `stride` after the first, summed over all axes.
/// Kernels compute the bounds of their unsafe code with it.
///
/// # Panics
/// If the index overflows, in release builds too: a bound that wrapped around would hide an index
/// outside of its slice.
fn index_after<const AXES: usize>(steps: [(usize, usize); AXES]) -> usize {
    steps
        .into_iter()
        .try_fold(0_usize, |index, (count, stride)| index.checked_add(count.checked_mul(stride)?))
        .expect("an index does not overflow")
}
