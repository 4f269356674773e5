//! What executions did that none did before: edges, values in storage, operands that come closer, gas.
//!
//! A [`Watcher`] looks at jumps, comparisons and writes. All it keeps is of fixed size, and depends on nothing but what ran.

use gasworks::inspect::{Inspector, Step};
use gasworks::{CallOutcome, Message, U256};

use super::input::Word;

/// Places of the map of edges.
pub const EDGES: usize = 1 << 16;
/// Places of the map of everything else.
const FEATURES: usize = 1 << 15;
/// Comparisons whose operands are remembered.
const COMPARISONS: usize = 256;
/// Words that are remembered.
const RECENT: usize = 64;
const KNOWN: usize = 256;
/// Comparisons of a call that are written down.
const TRACED: usize = 64;

const SUB: u8 = 0x03;
const LT: u8 = 0x10;
const SGT: u8 = 0x13;
const EQ: u8 = 0x14;
const ISZERO: u8 = 0x15;
const XOR: u8 = 0x18;
const SSTORE: u8 = 0x55;
const JUMP: u8 = 0x56;
const JUMPI: u8 = 0x57;
const PUSH2: u8 = 0x61;
const PUSH4: u8 = 0x63;
const DUP1: u8 = 0x80;

/// A place in a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// Which code: a number that follows from its bytes.
    pub code: u64,
    /// Where in it.
    pub pc: u32,
}

/// Watches executions.
pub struct Watcher {
    /// How often each edge was passed in this call.
    counts: Vec<u8>,
    touched: Vec<u16>,
    passed: Option<Vec<(u16, u8)>>,
    /// Which magnitudes of these counts there were, a bit for each.
    seen: Vec<u8>,
    /// The best of each feature.
    best: Vec<u8>,
    edges: usize,
    /// Whether this call did something new.
    is_new: bool,
    /// Codes of the frames that run, by depth.
    frames: Vec<Running>,
    last_jump: Site,
    compared: Vec<Option<(U256, U256)>>,
    pairs: Vec<(Word, Word)>,
    /// Those of each call of a sequence, while that is wanted.
    traced: Option<Vec<Vec<(U256, U256)>>>,
    recent: Vec<Word>,
    next_recent: usize,
    /// Words that need not be remembered again just now.
    known: Vec<U256>,
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            counts: vec![0; EDGES],
            touched: Vec::new(),
            passed: None,
            seen: vec![0; EDGES],
            best: vec![0; FEATURES],
            edges: 0,
            is_new: false,
            frames: Vec::new(),
            last_jump: Site::default(),
            compared: vec![None; COMPARISONS],
            pairs: Vec::new(),
            traced: None,
            recent: Vec::new(),
            next_recent: 0,
            known: vec![U256::zero(); KNOWN],
        }
    }
}

impl Watcher {
    /// Edges that were ever passed.
    pub fn edges(&self) -> usize {
        self.edges
    }

    /// Pairs of operands that were compared lately and not equal.
    pub fn compared(&mut self) -> &[(Word, Word)] {
        self.pairs.clear();
        let pairs = self.compared.iter().flatten();
        self.pairs
            .extend(pairs.map(|(a, b)| (a.to_big_endian(), b.to_big_endian())));
        &self.pairs
    }

    /// Words that were stored or returned lately.
    pub fn recent(&self) -> &[Word] {
        &self.recent
    }

    /// From now on, what each call compares is written down.
    pub fn trace(&mut self) {
        self.traced = Some(Vec::new());
    }

    /// What the calls since then have compared, call by call.
    pub fn traced(&mut self) -> Vec<Vec<(U256, U256)>> {
        self.traced.take().unwrap_or_default()
    }

    /// From now on, edges are written down, too.
    pub fn record(&mut self) {
        self.passed = Some(Vec::new());
    }

    /// A sequence begins.
    pub fn begin_sequence(&mut self) {
        if let Some(passed) = &mut self.passed {
            passed.clear();
        }
    }

    /// The edges of this sequence with how often each was passed in a call, if they are written down.
    pub fn passed(&self) -> impl Iterator<Item = (usize, u8)> {
        let passed = self.passed.iter().flatten();
        passed.map(|(place, count)| (usize::from(*place), *count))
    }

    /// A call begins.
    pub fn begin(&mut self) {
        self.frames.clear();
        if let Some(traced) = &mut self.traced {
            traced.push(Vec::new());
        }
        self.is_new = false;
        self.last_jump = Site::default();
    }

    /// A call of some function has ended. Says whether it did something new.
    pub fn end(&mut self, function: u64, gas: u64) -> bool {
        for place in self.touched.drain(..) {
            if let Some(passed) = &mut self.passed {
                passed.push((place, self.counts[usize::from(place)]));
            }
            let place = usize::from(place);
            let bit = 1 << magnitude(self.counts[place]);
            self.counts[place] = 0;
            if self.seen[place] & bit == 0 {
                self.edges += usize::from(self.seen[place] == 0);
                self.seen[place] |= bit;
                self.is_new = true;
            }
        }
        // Four steps for each doubling.
        let bits = 64 - gas.leading_zeros();
        let level = (bits * 4) as u8 + (gas >> bits.saturating_sub(3) & 3) as u8;
        self.feature(mix(function, 0x9a5), level);
        self.is_new
    }

    /// The last place where it was decided which way to go.
    pub fn last_jump(&self) -> Site {
        self.last_jump
    }

    /// Remembers a word.
    pub fn remember(&mut self, word: Word) {
        let number = U256::from_big_endian(&word);
        if number.bits() <= 8 {
            return;
        }
        let known = place(number.low_u64(), number.0[3]) as usize % KNOWN;
        if self.known[known] == number {
            return;
        }
        self.known[known] = number;
        if self.recent.len() < RECENT {
            self.recent.push(word);
        } else {
            self.recent[self.next_recent] = word;
            self.next_recent = (self.next_recent + 1) % RECENT;
        }
    }

    /// The number of the code that runs.
    fn code(&mut self, step: &Step<'_>) -> u64 {
        let place = (step.code.as_ptr() as usize, step.code.len());
        match self.frames.get(step.depth) {
            Some(running) if running.place == place => running.number,
            _ => {
                let running = Running {
                    place,
                    number: identify(step.code),
                };
                self.frames.truncate(step.depth);
                self.frames.resize(step.depth + 1, running);
                running.number
            }
        }
    }

    fn edge(&mut self, code: u64, from: usize, to: usize) {
        let place = place(code, (from as u64) << 20 ^ to as u64) as u16;
        let count = &mut self.counts[usize::from(place)];
        if *count == 0 {
            self.touched.push(place);
        }
        *count = count.saturating_add(1);
    }

    /// A feature reached a level; one that is higher than ever is new.
    fn feature(&mut self, feature: u64, level: u8) {
        let best = &mut self.best[feature as usize % FEATURES];
        if level > *best {
            *best = level;
            self.is_new = true;
        }
    }

    fn jump(&mut self, code: u64, step: &Step<'_>) {
        let [.., destination] = step.stack else {
            return;
        };
        let taken = destination.low_u64() as usize;
        let to = match (step.opcode, step.stack) {
            (JUMP, _) => taken,
            (_, [.., condition, _]) => {
                self.last_jump = Site {
                    code,
                    pc: step.pc as u32,
                };
                if condition.is_zero() {
                    step.pc + 1
                } else {
                    taken
                }
            }
            _ => return,
        };
        self.edge(code, step.pc, to);
    }

    fn comparison(&mut self, code: u64, step: &Step<'_>) {
        let [.., b, a] = step.stack else {
            return;
        };
        let is_of_equality = match step.opcode {
            SUB | XOR => {
                // As good as a comparison where what follows only asks whether it is zero.
                let next = step.code.get(step.pc + 1).copied();
                let jumps = next == Some(PUSH2) && step.code.get(step.pc + 4) == Some(&JUMPI);
                if next != Some(ISZERO) && !jumps {
                    return;
                }
                true
            }
            opcode => opcode == EQ,
        };
        // Which function is meant is no secret.
        let is_dispatch = step.pc >= 6
            && step.code[step.pc - 6..step.pc - 4] == [DUP1, PUSH4]
            && step.code.get(step.pc + 1) == Some(&PUSH2);
        if is_dispatch {
            return;
        }
        let site = place(code, step.pc as u64);
        if a != b {
            self.compared[site as usize % COMPARISONS] = Some((*a, *b));
            if let Some(pairs) = self.traced.as_mut().and_then(|calls| calls.last_mut())
                && pairs.len() < TRACED
            {
                pairs.push((*a, *b));
            }
        }
        let level = if is_of_equality {
            1 + equal_bytes(a, b)
        } else {
            // How near they are.
            (257 - (*a.max(b) - *a.min(b)).bits().min(256)).min(255) as u8
        };
        self.feature(site ^ u64::from(step.opcode), level);
    }

    fn store(&mut self, code: u64, step: &Step<'_>) {
        let [.., value, slot] = step.stack else {
            return;
        };
        let class = if value.bits() <= 5 {
            value.low_u64()
        } else {
            32 + value.bits() as u64
        };
        let slot = if slot.bits() <= 8 {
            slot.low_u64()
        } else {
            256
        };
        let place = mix(code, step.pc as u64);
        self.feature(mix(place, slot << 16 | class), 1);
        self.remember(value.to_big_endian());
    }
}

impl Inspector for Watcher {
    fn instructions(&self) -> &'static [bool; 256] {
        static SEEN: [bool; 256] = {
            let mut seen = [false; 256];
            let mut opcode = LT;
            while opcode <= EQ {
                seen[opcode as usize] = true;
                opcode += 1;
            }
            seen[SUB as usize] = true;
            seen[XOR as usize] = true;
            seen[SSTORE as usize] = true;
            seen[JUMP as usize] = true;
            seen[JUMPI as usize] = true;
            seen
        };
        &SEEN
    }

    fn step(&mut self, step: &Step<'_>) {
        let code = self.code(step);
        match step.opcode {
            JUMP | JUMPI => self.jump(code, step),
            LT..=EQ | SUB | XOR => self.comparison(code, step),
            SSTORE => self.store(code, step),
            _ => {}
        }
    }

    fn enter(&mut self, message: &Message) -> Option<CallOutcome> {
        // Steps of its frame are one deeper, and another code may soon be where the last one was.
        self.frames.truncate(message.depth + 1);
        None
    }
}

/// A code that runs.
#[derive(Clone, Copy, Debug)]
struct Running {
    /// Where its bytes are, and how many.
    place: (usize, usize),
    number: u64,
}

const _: () = assert!(LT < SGT && SGT < EQ);

/// A number for a code. Metadata is at its end, and tells contracts apart that begin alike.
fn identify(code: &[u8]) -> u64 {
    const PART: usize = 64;
    let start = &code[..code.len().min(PART)];
    let end = &code[code.len().saturating_sub(PART)..];
    let middle = code.len() / 2;
    let middle = &code[middle..code.len().min(middle + PART)];
    let mut number = code.len() as u64;
    for part in [start, middle, end] {
        for chunk in part.chunks(8) {
            let limb = chunk
                .iter()
                .fold(0, |limb, byte| limb << 8 | u64::from(*byte));
            number = mix(number, limb);
        }
    }
    number
}

/// A number for a place in a code: fewer operations than [`mix`], for what is done all the time.
#[inline]
fn place(code: u64, at: u64) -> u64 {
    let word = (code ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
}

/// Mixes two numbers (the finalizer of SplitMix64).
fn mix(a: u64, b: u64) -> u64 {
    let mut word = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The magnitudes of counts that are told apart: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.
fn magnitude(count: u8) -> u32 {
    match count {
        0..=1 => 0,
        2 => 1,
        3 => 2,
        4..=7 => 3,
        8..=15 => 4,
        16..=31 => 5,
        32..=127 => 6,
        _ => 7,
    }
}

/// How many bytes of two words are equal.
fn equal_bytes(a: &U256, b: &U256) -> u8 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let limbs = a.0.iter().zip(&b.0);
    let zeros = limbs.map(|(a, b)| {
        // A byte is zero where neither its low bits nor its highest one are set.
        let differ = a ^ b;
        (!(((differ & LOW) + LOW) | differ | LOW)).count_ones()
    });
    zeros.sum::<u32>() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step<'a>(code: &'a [u8], pc: usize, stack: &'a [U256]) -> Step<'a> {
        Step {
            pc,
            opcode: code[pc],
            base_price: None,
            gas: 0,
            depth: 1,
            stack,
            memory: &[],
            return_data: &[],
            refund: 0,
            address: gasworks::Address::zero(),
            code,
        }
    }

    #[test]
    fn a_way_is_new_once_and_again_when_it_is_gone_more_often() {
        let mut watcher = Watcher::default();
        let code = [JUMPI, 0, 0];
        let mut call = |times: usize, condition: u64| {
            watcher.begin();
            for _ in 0..times {
                let stack = [U256::from(condition), U256::from(2)];
                watcher.step(&step(&code, 0, &stack));
            }
            watcher.end(0, 100)
        };
        assert!(call(1, 0));
        assert!(!call(1, 0));
        assert!(call(1, 1));
        assert!(call(4, 1));
        assert!(!call(5, 1));
        assert_eq!(watcher.edges(), 2);
    }

    #[test]
    fn what_is_compared_is_remembered_and_coming_closer_is_new() {
        let mut watcher = Watcher::default();
        let code = [0, EQ];
        let mut call = |a: u64| {
            watcher.begin();
            let stack = [U256::from(0x0102_0304), U256::from(a)];
            watcher.step(&step(&code, 1, &stack));
            watcher.end(0, 0)
        };
        assert!(call(0xffff_ffff));
        assert!(!call(0xff00_ffff));
        assert!(call(0x0102_ffff));
        let wanted = U256::from(0x0102_0304).to_big_endian();
        let got = U256::from(0x0102_ffff).to_big_endian();
        assert_eq!(watcher.compared(), [(got, wanted)]);
    }
}
