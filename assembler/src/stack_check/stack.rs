//! A stack of values without their contents: each has an identity, and perhaps a name.

use crate::tables::{HashMap, HashSet};

use super::comment::{Comment, ItemNames, Name};

/// Where a value that an operation leaves comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// It is one of those that the operation took, counted from the top.
    Input(usize),
    New,
}

/// What an operation does to the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) inputs: usize,
    /// Top first.
    pub(super) outputs: Vec<Output>,
}

/// What a comment is wrong about, or an operation. The message is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
}

fn problem(code: &'static str, message: String) -> Problem {
    Problem { code, message }
}

/// A comment of a label that leaves out what lies on the stack.
pub(super) const DEPTH: &str = "stack-depth";

/// What is known of a value where blocks meet: its name, if it has one.
pub(super) type Known = Option<Name>;

/// A value.
type Item = u32;

/// Items that a stack of the machine holds.
pub(super) const LIMIT: usize = 1024;

/// The stack at one point of a program.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Bottom first.
    items: Vec<Item>,
    next: Item,
    /// Whether unknown values may lie below.
    pub(super) open: bool,
    /// Whether what is missing is taken for an input of the code: in macros and included files.
    inferred: bool,
    inputs: Vec<Item>,
    /// Values that were there at the start.
    given: usize,
    names: HashMap<Item, Name>,
    by_name: HashMap<Name, Item>,
    /// Values whose name is settled.
    settled: HashSet<Item>,
    /// Values that the last operation made.
    new: HashSet<Item>,
    /// For values that the last operation copied: the position of the copy, and that of what was copied.
    copies: Vec<(usize, usize)>,
}

impl Stack {
    /// A stack of values that are known by their names, top first. Equal names are the same value.
    pub(super) fn of(known: &[Known], open: bool) -> Self {
        let mut stack = Self {
            open,
            given: known.len(),
            ..Self::default()
        };
        for known in known.iter().rev() {
            let same = known.and_then(|name| stack.by_name.get(&name).copied());
            let item = same.unwrap_or_else(|| stack.new_item());
            stack.items.push(item);
            if let Some(name) = known {
                stack.set_name(item, *name);
                stack.settled.insert(item);
            }
        }
        stack
    }

    /// A stack where ways meet: equal names need not be the same value, and a name is settled only where all ways agree.
    pub(super) fn merged(known: &[(Known, bool)], open: bool) -> Self {
        let mut stack = Self {
            open,
            ..Self::default()
        };
        for (known, settled) in known.iter().rev() {
            let item = stack.new_item();
            stack.items.push(item);
            if let Some(name) = known {
                stack.set_name(item, *name);
                if *settled {
                    stack.settled.insert(item);
                }
            }
        }
        stack
    }

    /// From here on, missing values are inputs; so many lie there already.
    pub(super) fn infer(mut self, inputs: usize) -> Self {
        self.inferred = true;
        self.grow(inputs);
        self
    }

    fn new_item(&mut self) -> Item {
        self.next += 1;
        self.next
    }

    fn set_name(&mut self, item: Item, name: Name) {
        self.names.insert(item, name);
        self.by_name.insert(name, item);
    }

    /// Puts values under the others.
    fn grow(&mut self, count: usize) {
        let new: Vec<Item> = (0..count).map(|_| self.new_item()).collect();
        if self.inferred {
            for item in &new {
                self.set_name(*item, Name::of_input(self.inputs.len()));
                self.inputs.push(*item);
            }
        }
        self.items.splice(0..0, new.into_iter().rev());
    }

    /// The value at a depth, if it is there or may be.
    fn get(&mut self, depth: usize, grows: bool) -> Option<Item> {
        if depth >= self.items.len() {
            if !grows {
                return None;
            }
            self.grow(depth + 1 - self.items.len());
        }
        let index = self.items.len().checked_sub(depth + 1)?;
        self.items.get(index).copied()
    }

    /// How many values are known to be there.
    pub(super) fn depth(&self) -> usize {
        self.items.len()
    }

    /// How many inputs of its code the stack began with or has grown by.
    pub(super) fn reach(&self) -> usize {
        self.given + self.inputs.len()
    }

    /// What is known of the inputs that were inferred, top first.
    pub(super) fn inferred_inputs(&self) -> Vec<Known> {
        let inputs = self.inputs.iter();
        inputs.map(|item| self.names.get(item).copied()).collect()
    }

    /// What is known of the values, top first.
    pub(super) fn known(&self) -> Vec<Known> {
        let items = self.items.iter().rev();
        items.map(|item| self.names.get(item).copied()).collect()
    }

    /// Does an operation and checks the comment behind it.
    pub(super) fn apply(
        &mut self,
        effect: &Effect,
        comment: Option<&Comment>,
        names: &ItemNames,
    ) -> Result<(), Problem> {
        self.open |= comment.is_some_and(|comment| comment.open);
        let grows = self.inferred || self.open;
        let mut inputs = Vec::with_capacity(effect.inputs);
        for depth in 0..effect.inputs {
            let Some(item) = self.get(depth, grows) else {
                let message = format!(
                    "the stack has {} items where {} are taken",
                    self.items.len(),
                    effect.inputs
                );
                return Err(problem("stack-underflow", message));
            };
            inputs.push(item);
        }
        self.items.truncate(self.items.len() - effect.inputs);
        self.new.clear();
        for output in effect.outputs.iter().rev() {
            let item = match output {
                Output::Input(index) => inputs.get(*index).copied(),
                Output::New => None,
            };
            let item = item.unwrap_or_else(|| {
                self.next += 1;
                self.new.insert(self.next);
                self.next
            });
            self.items.push(item);
        }
        self.copies.clear();
        for (position, output) in effect.outputs.iter().enumerate() {
            let rest = effect.outputs[position + 1..].iter();
            let same = rest
                .enumerate()
                .find(|(_, other)| *other == output && **other != Output::New);
            if let Some((offset, _)) = same {
                self.copies.push((position, position + 1 + offset));
            }
        }
        let checked = comment.map_or(Ok(()), |comment| self.check(comment, true, names));
        if self.items.len() > LIMIT {
            // What lies deeper than the machine allows is forgotten, so that this is said once.
            self.items.drain(..self.items.len() - LIMIT / 2);
            self.open = true;
            let message = format!("the stack has more than {LIMIT} items here");
            return Err(problem("stack-overflow", message));
        }
        checked
    }

    /// Checks the comment of a label, which may leave out nothing.
    pub(super) fn check_label(
        &mut self,
        comment: &Comment,
        names: &ItemNames,
    ) -> Result<(), Problem> {
        self.new.clear();
        self.copies.clear();
        self.check(comment, false, names)
    }

    fn check(
        &mut self,
        comment: &Comment,
        may_leave_out: bool,
        names: &ItemNames,
    ) -> Result<(), Problem> {
        self.open = comment.open;
        let mut first = None;
        // Where each value was named first in this comment.
        let mut seen: HashMap<Item, (usize, Name)> = HashMap::default();
        for position in 0..comment.items.len() {
            let Some(item) = self.get(position, self.open) else {
                if self.inferred {
                    break;
                }
                let message = format!(
                    "the stack has {} items, and the comment lists {}",
                    self.items.len(),
                    comment.items.len()
                );
                return Err(problem("stack-comment", message));
            };
            let item = self.split_copy(comment, position, item);
            let found = self.check_item(comment, position, item, &mut seen, names);
            first = first.or(found);
            // The comment's name holds from here on, so that one mistake is reported once.
            self.set_name(item, comment.items[position].name);
            self.settled.insert(item);
        }
        let (listed, depth) = (comment.items.len(), self.items.len());
        if !comment.open && !may_leave_out && listed < depth {
            self.items.drain(..depth - listed);
            let message =
                format!("the stack has {depth} items, and the label's comment lists {listed}");
            return Err(problem(DEPTH, message));
        }
        first.map_or(Ok(()), Err)
    }

    /// A copy that is given a name of its own by assignment becomes a value of its own.
    fn split_copy(&mut self, comment: &Comment, position: usize, item: Item) -> Item {
        let named = comment.items[position];
        let copied = self.copies.iter().find(|(copy, _)| *copy == position);
        let Some((_, source)) = copied.filter(|_| named.assigned) else {
            return item;
        };
        let source = match comment.items.get(*source) {
            Some(source) => Some(source.name),
            None => self.names.get(&item).copied(),
        };
        if source == Some(named.name) {
            return item;
        }
        let item = self.new_item();
        let index = self.items.len() - 1 - position;
        self.items[index] = item;
        self.new.insert(item);
        item
    }

    fn check_item(
        &self,
        comment: &Comment,
        position: usize,
        item: Item,
        seen: &mut HashMap<Item, (usize, Name)>,
        names: &ItemNames,
    ) -> Option<Problem> {
        let named = comment.items[position];
        let (name, text) = (named.name, names.get(named.name));
        let before = self.names.get(&item).copied();
        let shown = before.map_or("a value", |name| names.get(name));
        let (at, first_name) = *seen.entry(item).or_insert((position, name));
        if first_name != name {
            let other = names.get(first_name);
            let message = format!(
                "items {at} and {position} are the same value, but are named {other:?} and {text:?}"
            );
            return Some(problem("stack-comment", message));
        }
        let is_new = self.new.contains(&item);
        if let Some(other) = self.by_name.get(&name)
            && *other != item
            && !is_new
            && before != Some(name)
            && self.items.contains(other)
        {
            let message =
                format!("item {position} is {shown:?}, and the comment calls it {text:?}");
            return Some(problem("stack-comment", message));
        }
        let nameless = before.is_none_or(Name::is_of_input);
        let settled = self.settled.contains(&item) && !nameless;
        if !named.assigned && !is_new && !self.by_name.contains_key(&name) && settled {
            let message = format!("the comment renames {shown:?} to {text:?}");
            return Some(problem("stack-comment", message));
        }
        None
    }
}

/// The effect of code that finds some values, known by their names, and leaves others.
pub(super) fn effect_between(inputs: &[Known], outputs: &[Known]) -> Effect {
    let outputs = outputs.iter().map(|known| {
        let same = known.and_then(|_| inputs.iter().position(|input| input == known));
        same.map_or(Output::New, Output::Input)
    });
    Effect {
        inputs: inputs.len(),
        outputs: outputs.collect(),
    }
}

/// What an instruction does to the stack.
pub(super) fn effect_of(byte: u8, inputs: usize, outputs: usize, positions: &[u8]) -> Effect {
    let swapped = |depth: usize, a: usize, b: usize| {
        let mut outputs: Vec<Output> = (0..depth).map(Output::Input).collect();
        if a < depth && b < depth {
            outputs.swap(a, b);
        }
        Effect {
            inputs: depth,
            outputs,
        }
    };
    let copied = |depth: usize| Effect {
        inputs: depth,
        outputs: [depth - 1]
            .into_iter()
            .chain(0..depth)
            .map(Output::Input)
            .collect(),
    };
    match (byte, positions) {
        (0x80..=0x8f, _) => copied(usize::from(byte - 0x7f)),
        (0x90..=0x9f, _) => swapped(usize::from(byte - 0x8e), 0, usize::from(byte - 0x8f)),
        (0xe6, [depth @ (1..), ..]) => copied(usize::from(*depth)),
        (0xe7, [depth @ (1..), ..]) => swapped(usize::from(*depth), 0, usize::from(*depth) - 1),
        (0xe8, [a @ (1..), b @ (1..)]) => {
            let (a, b) = (usize::from(*a), usize::from(*b));
            swapped(a.max(b), a - 1, b - 1)
        }
        _ => Effect {
            inputs,
            outputs: vec![Output::New; outputs],
        },
    }
}
