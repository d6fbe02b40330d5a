//! Tests of the engine through its public API: against PyTorch's numbers ([`layers`],
//! [`blocks`], [`optimizers`], [`schedules`], [`smoothing`], [`augmentation`], [`training`]), against finite differences ([`gradients`]), and for properties
//! that must hold ([`dropout`], [`frozen`], [`state`], [`scoring`], [`threads`]).
//!
//! PyTorch's numbers come from `../pytorch/make.py`, which says how to compute them again.

mod augmentation;
mod blocks;
mod dropout;
mod fixture;
mod frozen;
mod generator;
mod gradients;
mod layers;
mod optimizers;
mod schedules;
mod scoring;
mod small_network;
mod smoothing;
mod state;
mod threads;
mod training;
