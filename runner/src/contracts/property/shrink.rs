//! Makes counterexamples smaller for as long as they remain counterexamples.
//!
//! Lists and sequences lose whatever they can do without; numbers come down by halving, and then bit by bit. What is left
//! is minimal for conditions that hold from some number on, between two numbers, at one, or for some bits.

mod values;

pub use values::shrink_arguments;

/// How many more attempts may be made. Every one is an execution.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    left: u32,
}

impl Attempts {
    /// So many attempts.
    pub fn new(limit: u32) -> Self {
        Self { left: limit }
    }

    /// Whether there are any left.
    pub fn are_left(&self) -> bool {
        self.left > 0
    }

    /// Takes one, if there is one left.
    pub fn take(&mut self) -> bool {
        self.make(|| true)
    }

    /// Makes an attempt, if there is one left.
    fn make(&mut self, attempt: impl FnOnce() -> bool) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        attempt()
    }
}

/// Removes items that a failure does not need: long runs of them first, then shorter ones, in the end each by itself until
/// none can be removed.
pub fn shrink_sequence<T: Clone>(
    mut items: Vec<T>,
    attempts: &mut Attempts,
    mut fails: impl FnMut(&[T]) -> bool,
) -> Vec<T> {
    let mut size = items.len();
    while size > 0 {
        let mut removed = false;
        let mut start = 0;
        while start < items.len() {
            let end = items.len().min(start + size);
            let fewer = [&items[..start], &items[end..]].concat();
            if attempts.make(|| fails(&fewer)) {
                items = fewer;
                removed = true;
            } else {
                start = end;
            }
        }
        if size > 1 {
            size = size.div_ceil(2);
        } else if !removed {
            break;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_keeps_what_the_failure_needs() {
        let all: Vec<u32> = (0..500).collect();
        let mut attempts = Attempts::new(5_000);
        let needed = |items: &[u32]| [3, 250, 499].iter().all(|item| items.contains(item));
        assert_eq!(shrink_sequence(all, &mut attempts, needed), [3, 250, 499]);
        assert!(attempts.left > 4_900, "{attempts:?}");
    }

    #[test]
    fn no_item_of_the_result_can_be_removed() {
        // Fails with three items or more whose sum is even: where there are four odd ones, all are needed.
        let fails = |items: &[u32]| items.len() >= 3 && items.iter().sum::<u32>() % 2 == 0;
        for seed in 1..200u32 {
            let all: Vec<u32> = (0..12)
                .map(|item| (seed * 7 + item * item * seed) % 10)
                .collect();
            if !fails(&all) {
                continue;
            }
            let least = shrink_sequence(all, &mut Attempts::new(5_000), fails);
            assert!(fails(&least));
            for skipped in 0..least.len() {
                let mut fewer = least.clone();
                fewer.remove(skipped);
                assert!(!fails(&fewer), "{least:?}");
            }
        }
    }

    #[test]
    fn it_ends_when_the_attempts_are_used_up() {
        let mut made = 0;
        let items = shrink_sequence(vec![0; 1_000], &mut Attempts::new(7), |_| {
            made += 1;
            false
        });
        assert_eq!((items.len(), made), (1_000, 7));
        assert!(shrink_sequence(vec![1, 2], &mut Attempts::new(9), |_| true).is_empty());
        assert!(shrink_sequence(Vec::<u8>::new(), &mut Attempts::new(9), |_| true).is_empty());
    }
}
