//! `lab check`, judged in its turn. Most of the time these tests wait, so they
//! are one program, in which many wait at once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checking;
mod command;
mod lesson_01;
mod lesson_02;
mod lesson_03;
mod lesson_04;
mod lesson_05;
mod lesson_06;
mod lesson_07;
mod lesson_08;
