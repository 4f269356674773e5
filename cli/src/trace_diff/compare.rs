//! Two traces side by side, until they part.

use std::collections::VecDeque;

use super::line::{self, Item};

/// What came of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub struct Result {
    /// Steps that are the same: of the case in which the traces part, or of all.
    pub steps: u64,
    /// Where the traces part, if they do.
    pub difference: Option<Difference>,
}

/// Where two traces part.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which case, counted from one, where there are several.
    pub case: Option<u64>,
    /// In what.
    pub fields: Vec<&'static str>,
    /// What is the same before, in lines for people.
    pub before: Vec<String>,
    /// How the first goes on: the line that differs, and some more.
    pub a: Vec<String>,
    /// How the second goes on.
    pub b: Vec<String>,
}

/// What is compared of a trace, in order.
struct Items<'a> {
    lines: std::slice::Split<'a, u8, fn(&u8) -> bool>,
    strict: bool,
    with_roots: bool,
}

impl<'a> Items<'a> {
    fn new(trace: &'a [u8], strict: bool, with_roots: bool) -> Self {
        let ends: fn(&u8) -> bool = |byte| *byte == b'\n';
        Self {
            lines: trace.split(ends),
            strict,
            with_roots,
        }
    }
}

impl Iterator for Items<'_> {
    type Item = std::result::Result<Item, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match line::parse(self.lines.next()?) {
                Ok(None) => {}
                Ok(Some(Item::Step(step))) if step.is_stop() && !self.strict => {}
                Ok(Some(Item::Root(_))) if !self.with_roots => {}
                Ok(Some(item)) => return Some(Ok(item)),
                Err(error) => return Some(Err(format!("a step cannot be read: {error}"))),
            }
        }
    }
}

/// Compares two traces; `context` lines before and after a difference are kept.
///
/// # Errors
/// When a trace has nothing to compare, or a step that cannot be read.
pub fn compare(
    a: &[u8],
    b: &[u8],
    strict: bool,
    context: usize,
) -> std::result::Result<Result, String> {
    let counts = [a, b].map(|trace| {
        let items = Items::new(trace, strict, true).flatten();
        items.filter(|item| matches!(item, Item::Root(_))).count()
    });
    // Where one of the machines does not tell roots, the other's are left out.
    let with_roots = counts.iter().all(|count| *count > 0);
    let has_cases = counts.iter().all(|count| *count > 1);
    let mut left = Items::new(a, strict, with_roots);
    let mut right = Items::new(b, strict, with_roots);
    let mut before = VecDeque::new();
    let (mut all, mut steps, mut case) = (0, 0, 1);
    loop {
        let (one, other) = (left.next().transpose()?, right.next().transpose()?);
        if one.is_none() && other.is_none() {
            if all == 0 && !with_roots {
                return Err("neither trace has a step".to_owned());
            }
            let difference = None;
            return Ok(Result {
                steps: all,
                difference,
            });
        }
        let fields = differing(one.as_ref(), other.as_ref(), strict);
        if !fields.is_empty() {
            let rest = |first: Option<Item>, items: Items<'_>| {
                let first = first.map(|item| item.to_string());
                let more = items.take(context).flatten().map(|item| item.to_string());
                let more: Vec<String> = if first.is_some() {
                    more.collect()
                } else {
                    Vec::new()
                };
                first.into_iter().chain(more).collect()
            };
            let difference = Difference {
                case: has_cases.then_some(case),
                fields,
                before: before.into(),
                a: rest(one, left),
                b: rest(other, right),
            };
            return Ok(Result {
                steps,
                difference: Some(difference),
            });
        }
        let Some(item) = one else { continue };
        if before.len() >= context {
            before.pop_front();
        }
        if context > 0 {
            before.push_back(item.to_string());
        }
        match item {
            Item::Step(_) => {
                all += 1;
                steps += 1;
            }
            Item::Root(_) => {
                case += 1;
                steps = if has_cases { 0 } else { steps };
            }
        }
    }
}

fn differing(one: Option<&Item>, other: Option<&Item>, strict: bool) -> Vec<&'static str> {
    match (one, other) {
        (Some(Item::Step(one)), Some(Item::Step(other))) => one.differing(other, strict),
        (Some(Item::Root(one)), Some(Item::Root(other))) if one == other => Vec::new(),
        (Some(Item::Root(_)), Some(Item::Root(_))) => vec!["stateRoot"],
        _ => vec!["length"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(gas: &[u64], root: Option<&str>) -> Vec<u8> {
        let steps = gas.iter().enumerate();
        let steps = steps.map(|(pc, gas)| format!("{{\"pc\":{pc},\"op\":1,\"gas\":{gas}}}\n"));
        let root = root.map(|root| format!("{{\"stateRoot\":\"{root}\"}}\n"));
        steps.chain(root).collect::<String>().into_bytes()
    }

    #[test]
    fn the_first_difference_comes_with_what_is_around() {
        let a = trace(&[9, 8, 7, 6, 5, 4, 3], None);
        let b = trace(&[9, 8, 7, 6, 1, 4, 3], None);
        let result = compare(&a, &b, false, 2).expect("both have steps");
        assert_eq!(result.steps, 4);
        let difference = result.difference.expect("they differ");
        assert_eq!(difference.fields, ["gas"]);
        assert_eq!(difference.before, ["pc 2 ADD gas 7", "pc 3 ADD gas 6"]);
        assert_eq!(difference.a.len(), 3);
        assert_eq!(difference.b[0], "pc 4 ADD gas 1");
    }

    #[test]
    fn a_trace_that_ends_early_differs() {
        let result = compare(&trace(&[9, 8], None), &trace(&[9], None), false, 5);
        let difference = result.ok().and_then(|result| result.difference);
        let difference = difference.expect("they differ");
        assert_eq!((difference.fields, difference.b.len()), (vec!["length"], 0));
    }

    #[test]
    fn cases_are_told_apart_by_their_roots() {
        let of = |gas: [u64; 4], roots: [Option<&str>; 2]| {
            let first = trace(&gas[..2], roots[0]);
            [first, trace(&gas[2..], roots[1])].concat()
        };
        let roots = [Some("0xaa"), Some("0xbb")];
        let a = of([9, 8, 7, 6], roots);
        let result = compare(&a, &of([9, 8, 7, 5], roots), false, 2).expect("steps");
        let difference = result.difference.expect("they differ");
        assert_eq!((difference.case, result.steps), (Some(2), 1));
        assert_eq!(difference.before, ["state root 0xaa", "pc 0 ADD gas 7"]);
        // A machine that tells no roots runs the same steps.
        let result = compare(&a, &of([9, 8, 7, 6], [None, None]), false, 2).expect("steps");
        assert_eq!((result.steps, result.difference), (4, None));
    }

    #[test]
    fn roots_are_compared_where_both_are_told() {
        let same = |a, b| {
            let result = compare(&trace(&[9], a), &trace(&[9], b), false, 5);
            result.map(|result| result.difference.is_none())
        };
        assert_eq!(same(Some("0xaa"), Some("0xAA")), Ok(true));
        assert_eq!(same(Some("0xaa"), Some("0xab")), Ok(false));
        assert_eq!(same(Some("0xaa"), None), Ok(true));
        assert!(compare(b"nothing\n", b"", false, 5).is_err());
    }
}
