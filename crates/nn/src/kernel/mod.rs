//! Where the arithmetic happens: the one module with `unsafe`, compiled for each instruction set
//! and chosen at run time.

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
pub(crate) use prefetch::{Ahead, prefetch_bytes};
pub(crate) use product::{Matrix, Product, Start};
pub(crate) use sparse::{SPARSE_SCRATCH, is_sparse};
pub(crate) use transpose::transpose;

/// Runs `operation` compiled for the chosen instruction set: plain loops over slices inside it then
/// use its widest vectors. A large closure is not inlined, and then compiled for what the target
/// guarantees alone: give such work a [`WithSimd`](pulp::WithSimd) of its own.
#[inline(always)]
pub(crate) fn vectorized<R>(operation: impl FnOnce() -> R) -> R {
    ARCH.dispatch(operation)
}
