//! How machines are timed: samples of both in turn, and their medians.

use std::time::Duration;

use crate::{Machine, Mode, thread_time};

/// Seconds of one run of a program on each machine, medians.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Gasworks.
    pub ours: f64,
    /// revm.
    pub peer: f64,
}

/// Takes samples in turn: ours, peer, peer, ours, so that neither always comes first. `go_on` is asked before each pair
/// with the number of pairs there are.
pub fn in_turn(
    mut ours: impl FnMut() -> f64,
    mut peer: impl FnMut() -> f64,
    mut go_on: impl FnMut(usize) -> bool,
) -> Measured {
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    while go_on(of_ours.len()) {
        if of_ours.len() % 2 == 0 {
            of_ours.push(ours());
            of_peer.push(peer());
        } else {
            of_peer.push(peer());
            of_ours.push(ours());
        }
    }
    Measured {
        ours: median(of_ours),
        peer: median(of_peer),
    }
}

/// Runs a program a hundred times, or for as long: what is come to once in a run is translated when it was come to 64
/// times, and some samples without that and some with it would measure neither.
pub fn warm_up(machine: &mut dyn Machine, mode: Mode, most: Duration) {
    let begin = thread_time();
    for _ in 0..100 {
        machine.repeat(mode, 1);
        if thread_time() - begin >= most {
            return;
        }
    }
}

/// How often a program is run for a sample that takes at least as long.
pub fn calibrate(machine: &mut dyn Machine, mode: Mode, least: Duration) -> u32 {
    let mut times = 1;
    loop {
        let begin = thread_time();
        machine.repeat(mode, times);
        if thread_time() - begin >= least || times >= 1 << 20 {
            return times;
        }
        times *= 2;
    }
}

/// Seconds of one run, as the mean of as many.
pub fn sample(machine: &mut dyn Machine, mode: Mode, times: u32) -> f64 {
    let begin = thread_time();
    machine.repeat(mode, times);
    (thread_time() - begin).as_secs_f64() / f64::from(times)
}

/// The middle one; not a number if there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The geometric mean.
pub fn mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp()
}
