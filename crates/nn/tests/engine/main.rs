//! The proofs that the engine is right, through its public API: PyTorch's numbers ([`layers`],
//! [`optimizers`], [`training`]), finite differences ([`gradients`]), and what must hold by itself
//! ([`dropout`], [`state`], [`scoring`], [`threads`]).
//!
//! PyTorch's numbers come from `../pytorch/make.py`, which says how to make them again.

mod augmentation;
mod dropout;
mod fixture;
mod generator;
mod gradients;
mod layers;
mod optimizers;
mod scoring;
mod small_network;
mod state;
mod threads;
mod training;
