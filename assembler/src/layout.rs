//! Sizes and positions.
//!
//! A push of a label is as small as the label's position allows, and its size moves labels. All such pushes start with
//! one byte and grow until nothing changes; none shrinks, so that it ends. Positions only rise, so that a label passes
//! each power of 256 once: pushes are looked at again when their label passes one, and not otherwise. That keeps the time
//! near-linear however the labels lie.

use crate::diagnostic::Diagnostic;
use crate::evaluate::{Evaluator, Failure};
use crate::expand::{Item, ItemKind};
use crate::syntax::Assertion;
use crate::value::Value;

/// Bytes of code that a program may have.
const LARGEST_CODE: u64 = 1 << 26;

/// Where items stand, and the bytes of their operands.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The position of each item, and of the end.
    pub(crate) positions: Vec<u32>,
    /// Operands and data, in the order of the items.
    pub(crate) data: Vec<u8>,
    /// Where each item's operand or data begins; the end follows.
    pub(crate) starts: Vec<u32>,
}

impl Layout {
    /// The operand or the data of an item.
    pub(crate) fn operand(&self, item: usize) -> &[u8] {
        match (self.starts.get(item), self.starts.get(item + 1)) {
            (Some(start), Some(end)) => &self.data[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

/// A push whose value is a matter of positions.
struct Waiting {
    item: u32,
    /// Bytes of its operand so far.
    size: u8,
    /// Whether the size was given.
    fixed: bool,
    /// The label that it pushes, if that is all it does.
    label: Option<u32>,
}

/// Lays out the items of a program; none if something is wrong, which has been reported.
pub(crate) fn lay_out(evaluator: &mut Evaluator<'_, '_>) -> Option<Layout> {
    let (fixed, waiting) = measure(evaluator);
    let mut sizes = Sizes::new(evaluator, &fixed, waiting);
    if let Err(diagnostic) = sizes
        .find_labels(evaluator)
        .and_then(|()| sizes.settle(evaluator))
    {
        evaluator.session.report(*diagnostic);
        return None;
    }
    let layout = match sizes.write(evaluator, &fixed) {
        Ok(layout) => layout,
        Err(diagnostic) => {
            evaluator.session.report(*diagnostic);
            return None;
        }
    };
    check_positions(evaluator, &layout);
    Some(layout)
}

/// Operands that need no label, in the order of the items.
#[derive(Default)]
struct Fixed {
    /// Bytes of each item, without what waits for labels.
    sizes: Vec<u32>,
    data: Vec<u8>,
    starts: Vec<u32>,
}

/// The push's operand as it is written: an integer without a sign, of at most 32 bytes.
fn push_bytes(
    value: &Value,
    given: Option<u8>,
    to: &mut Vec<u8>,
) -> Result<(), (&'static str, String)> {
    if value.is_negative() {
        return Err(("negative", format!("a push of {value}, which is negative")));
    }
    let start = to.len();
    value.write_integer(to);
    let length = to.len() - start;
    if length > 32 {
        return Err(("too-large", "a push of more than 256 bits".into()));
    }
    match given {
        Some(size) if length > usize::from(size) => {
            let bits = value.bits();
            let message = format!("{value} has {bits} bits and does not fit into PUSH{size}");
            Err(("too-large", message))
        }
        Some(size) => {
            let padding = usize::from(size) - length;
            to.splice(start..start, std::iter::repeat_n(0, padding));
            Ok(())
        }
        None => Ok(()),
    }
}

/// Computes what needs no label, and sorts out what does.
fn measure(evaluator: &mut Evaluator<'_, '_>) -> (Fixed, Vec<Waiting>) {
    let expanded = evaluator.expanded;
    let mut fixed = Fixed::default();
    let mut waiting = Vec::new();
    for (index, item) in expanded.items.iter().enumerate() {
        fixed.starts.push(fixed.data.len() as u32);
        let start = fixed.data.len();
        let mut size = 0;
        match &item.kind {
            ItemKind::Instruction { immediate, .. } => {
                fixed.data.extend(immediate);
                size = 1;
            }
            ItemKind::Push { given, value } => {
                size = 1;
                match evaluator.in_section(*value, item.section, None) {
                    Ok(value) => {
                        let written = push_bytes(&value, *given, &mut fixed.data);
                        if let Err((code, message)) = written {
                            fixed.data.truncate(start);
                            report(evaluator, item, code, message);
                        }
                        let empty = fixed.data.len() == start && given.is_none();
                        if empty && !evaluator.target().has_push0() {
                            fixed.data.push(0);
                        }
                    }
                    Err(Failure::NoPosition(_)) => {
                        size += u32::from(given.unwrap_or(1));
                        waiting.push(Waiting {
                            item: index as u32,
                            size: given.unwrap_or(1),
                            fixed: given.is_some(),
                            label: None,
                        });
                    }
                    Err(failure) => report_failure(evaluator, item, failure),
                }
            }
            ItemKind::Bytes(value) => match evaluator.in_section(*value, item.section, None) {
                Ok(value) => {
                    if let Err(reason) = value.write_bytes(&mut fixed.data) {
                        report(evaluator, item, "bytes", reason.into());
                    }
                }
                Err(Failure::NoPosition(_)) => {
                    let message =
                        "labels cannot be used in #bytes, whose size would depend on them";
                    let help =
                        "a #table has entries of a size that is given: #table name[2]: @label";
                    let diagnostic =
                        diagnostic(evaluator, item, "label", message.into()).help(help);
                    evaluator.session.report(diagnostic);
                }
                Err(failure) => report_failure(evaluator, item, failure),
            },
            ItemKind::Table { width, entries } => size = u32::from(*width) * entries.len() as u32,
            ItemKind::PcLabel(_) | ItemKind::Assert(_) | ItemKind::End => {}
        }
        fixed.sizes.push(size + (fixed.data.len() - start) as u32);
        if fixed.data.len() as u64 > LARGEST_CODE || evaluator.session.has_given_up() {
            if !evaluator.session.has_errors() {
                report(
                    evaluator,
                    item,
                    "too-large",
                    "the program has more than 64 MiB".into(),
                );
            }
            break;
        }
    }
    fixed.starts.push(fixed.data.len() as u32);
    (fixed, waiting)
}

fn diagnostic(
    evaluator: &Evaluator<'_, '_>,
    item: &Item,
    code: &'static str,
    message: String,
) -> Diagnostic {
    let span = evaluator.expanded.span(evaluator.syntax, item);
    let mut diagnostic = Diagnostic::error(code, span, message);
    diagnostic.expansions = evaluator.expanded.uses(item.section);
    diagnostic
}

fn report(evaluator: &mut Evaluator<'_, '_>, item: &Item, code: &'static str, message: String) {
    let diagnostic = diagnostic(evaluator, item, code, message);
    evaluator.session.report(diagnostic);
}

fn located(evaluator: &Evaluator<'_, '_>, item: &Item, failure: Failure) -> Diagnostic {
    let mut diagnostic = failure.at(evaluator.expanded.span(evaluator.syntax, item));
    diagnostic.expansions = evaluator.expanded.uses(item.section);
    diagnostic
}

fn report_failure(evaluator: &mut Evaluator<'_, '_>, item: &Item, failure: Failure) {
    let diagnostic = located(evaluator, item, failure);
    evaluator.session.report(diagnostic);
}

/// Sizes of pushes that wait for labels, and how far they have moved everything behind them.
struct Sizes {
    waiting: Vec<Waiting>,
    /// The position of each item with the sizes at the start.
    base: Vec<u32>,
    /// For each label instance its item's base position, and how many waiting pushes come before it.
    labels: Vec<(u32, u32)>,
    /// Growth of waiting pushes, as sums over ranges (Fenwick, "A new data structure for cumulative frequency tables",
    /// 1994).
    growth: Vec<u32>,
    /// Pushes of each label: a range of `users` begins at each of `user_starts`.
    user_starts: Vec<u32>,
    users: Vec<u32>,
    /// For 2, 3 and 4 bytes: the first label whose position needs as many.
    first_needing: [usize; 3],
    /// Pushes that may have become too small.
    queue: Vec<u32>,
}

impl Sizes {
    fn new(evaluator: &Evaluator<'_, '_>, fixed: &Fixed, waiting: Vec<Waiting>) -> Self {
        let mut base = Vec::with_capacity(fixed.sizes.len() + 1);
        let mut position = 0u32;
        for size in &fixed.sizes {
            base.push(position);
            position = position.saturating_add(*size);
        }
        base.push(position);
        let instances = &evaluator.expanded.instances;
        let mut before = 0;
        let mut labels = Vec::with_capacity(instances.len());
        for instance in instances {
            while waiting
                .get(before)
                .is_some_and(|push| push.item < instance.item)
            {
                before += 1;
            }
            let item = (instance.item as usize).min(base.len() - 1);
            labels.push((base[item], before as u32));
        }
        Self {
            growth: vec![0; waiting.len() + 1],
            user_starts: vec![0; labels.len() + 1],
            users: Vec::new(),
            first_needing: [labels.len(); 3],
            queue: Vec::new(),
            waiting,
            base,
            labels,
        }
    }

    /// Finds the pushes that are of a label and nothing else.
    fn find_labels(&mut self, evaluator: &mut Evaluator<'_, '_>) -> Result<(), Box<Diagnostic>> {
        let expanded = evaluator.expanded;
        for push in &mut self.waiting {
            let item = &expanded.items[push.item as usize];
            let ItemKind::Push { value, .. } = item.kind else {
                continue;
            };
            match evaluator.only_label(value, item.section) {
                Some(Ok(label)) => push.label = Some(label),
                Some(Err(failure)) => return Err(Box::new(located(evaluator, item, failure))),
                None => {}
            }
        }
        for label in self.waiting.iter().filter_map(|push| push.label) {
            self.user_starts[label as usize + 1] += 1;
        }
        for index in 1..self.user_starts.len() {
            self.user_starts[index] += self.user_starts[index - 1];
        }
        let mut next = self.user_starts.clone();
        self.users = vec![0; self.user_starts.last().copied().unwrap_or(0) as usize];
        for (index, push) in self.waiting.iter().enumerate() {
            if let Some(label) = push.label {
                self.users[next[label as usize] as usize] = index as u32;
                next[label as usize] += 1;
            }
        }
        Ok(())
    }

    /// How far pushes before a waiting one have grown.
    fn growth_before(&self, count: u32) -> u32 {
        let (mut index, mut sum) = (count as usize, 0);
        while index > 0 {
            sum += self.growth[index];
            index &= index - 1;
        }
        sum
    }

    fn position(&self, label: u32) -> u32 {
        let (base, before) = self.labels[label as usize];
        base.saturating_add(self.growth_before(before))
    }

    fn grow(&mut self, push: u32, by: u8) {
        self.waiting[push as usize].size += by;
        let mut index = push as usize + 1;
        while index < self.growth.len() {
            self.growth[index] += u32::from(by);
            index += index & index.wrapping_neg();
        }
        self.pass_powers();
    }

    /// Queues the pushes of labels that have passed a power of 256. Labels lie in the order of their positions.
    fn pass_powers(&mut self) {
        for power in 0..self.first_needing.len() {
            let limit = 1u32 << (8 * (power + 1));
            while let Some(label) = self.first_needing[power].checked_sub(1) {
                if self.position(label as u32) < limit {
                    break;
                }
                self.first_needing[power] = label;
                let users = self.user_starts[label] as usize..self.user_starts[label + 1] as usize;
                self.queue.extend_from_slice(&self.users[users]);
            }
        }
    }

    /// Lets pushes grow until all values fit, or as far as they may.
    fn settle(&mut self, evaluator: &mut Evaluator<'_, '_>) -> Result<(), Box<Diagnostic>> {
        self.pass_powers();
        loop {
            while let Some(push) = self.queue.pop() {
                let Waiting {
                    size, fixed, label, ..
                } = self.waiting[push as usize];
                let needed = label.map_or(1, |label| byte_length(self.position(label)));
                if !fixed && needed > size {
                    self.grow(push, needed - size);
                }
            }
            if !self.grow_others(evaluator)? {
                return Ok(());
            }
        }
    }

    /// Lets pushes of other expressions grow by one byte where their value does not fit; false if all fit.
    fn grow_others(&mut self, evaluator: &mut Evaluator<'_, '_>) -> Result<bool, Box<Diagnostic>> {
        let expanded = evaluator.expanded;
        let mut grown = false;
        for index in 0..self.waiting.len() {
            let push = &self.waiting[index];
            if push.fixed || push.label.is_some() || push.size >= 32 {
                continue;
            }
            let size = push.size;
            let item = &expanded.items[push.item as usize];
            let ItemKind::Push { value, .. } = item.kind else {
                continue;
            };
            let positions = |label| u64::from(self.position(label));
            let value = evaluator
                .in_section(value, item.section, Some(&positions))
                .map_err(|failure| Box::new(located(evaluator, item, failure)))?;
            if !value.is_negative() && value.bits().div_ceil(8) > u64::from(size) {
                self.grow(index as u32, 1);
                grown = true;
            }
        }
        Ok(grown)
    }

    /// The final positions, and every operand.
    fn write(
        &self,
        evaluator: &mut Evaluator<'_, '_>,
        fixed: &Fixed,
    ) -> Result<Layout, Box<Diagnostic>> {
        let expanded = evaluator.expanded;
        let mut layout = Layout::default();
        let mut waiting = self.waiting.iter().peekable();
        let mut growth = 0;
        let positions = |label| u64::from(self.position(label));
        for (index, item) in expanded.items.iter().enumerate() {
            let (Some(base), Some(start), Some(end)) = (
                self.base.get(index),
                fixed.starts.get(index),
                fixed.starts.get(index + 1),
            ) else {
                break;
            };
            layout.positions.push(base + growth);
            layout.starts.push(layout.data.len() as u32);
            layout
                .data
                .extend_from_slice(&fixed.data[*start as usize..*end as usize]);
            match &item.kind {
                ItemKind::Push { given, value } => {
                    let Some(push) = waiting.next_if(|push| push.item as usize == index) else {
                        continue;
                    };
                    growth += u32::from(push.size) - u32::from(given.unwrap_or(1));
                    let value = evaluator
                        .in_section(*value, item.section, Some(&positions))
                        .map_err(|failure| Box::new(located(evaluator, item, failure)))?;
                    push_bytes(&value, Some(push.size), &mut layout.data).map_err(
                        |(code, message)| Box::new(diagnostic(evaluator, item, code, message)),
                    )?;
                }
                ItemKind::Table { width, entries } => {
                    let place = expanded.span(evaluator.syntax, item);
                    let bytes = evaluator
                        .table(*width, *entries, item.section, place, Some(&positions))
                        .map_err(|failure| Box::new(located(evaluator, item, failure)))?;
                    layout.data.extend_from_slice(&bytes);
                }
                ItemKind::Assert(assertion) => {
                    let assertion = &evaluator.syntax.assertions[assertion.0 as usize];
                    check_assertion(evaluator, item, assertion, &positions);
                }
                _ => {}
            }
        }
        layout.starts.push(layout.data.len() as u32);
        let end = self.base.last().map_or(0, |end| end + growth);
        layout.positions.push(end);
        Ok(layout)
    }
}

fn byte_length(position: u32) -> u8 {
    match position {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

fn check_assertion(
    evaluator: &mut Evaluator<'_, '_>,
    item: &Item,
    assertion: &Assertion,
    positions: &dyn Fn(u32) -> u64,
) {
    let mut value = |expression| evaluator.in_section(expression, item.section, Some(positions));
    let sides = match assertion.right {
        None => value(assertion.left).map(|left| (left, None)),
        Some((comparison, right)) => value(assertion.left)
            .and_then(|left| value(right).map(|right| (left, Some((comparison, right))))),
    };
    let (left, right) = match sides {
        Ok(sides) => sides,
        Err(failure) => return report_failure(evaluator, item, failure),
    };
    let a = left.to_integer();
    let (holds, shown) = match right {
        None => (a != 0.into(), format!("the value is {left}")),
        Some((comparison, right)) => {
            let b = right.to_integer();
            let holds = comparison.holds(a.cmp(&b));
            (holds, format!("the sides are {left} and {right}"))
        }
    };
    if !holds {
        let message = assertion.message.clone();
        let message = message.unwrap_or_else(|| "the assertion does not hold".into());
        let diagnostic = diagnostic(evaluator, item, "assertion", message).help(shown);
        evaluator.session.report(diagnostic);
    }
}

/// Checks positions that labels in the source claim.
fn check_positions(evaluator: &mut Evaluator<'_, '_>, layout: &Layout) {
    let expanded = evaluator.expanded;
    for (item, position) in expanded.items.iter().zip(&layout.positions) {
        if let ItemKind::PcLabel(claimed) = item.kind
            && claimed != *position
        {
            let message =
                format!("the label claims position {claimed:#x}; this is position {position:#x}");
            report(evaluator, item, "pc-label", message);
        }
    }
}
