//! The text of stack comments: `[top, next, name = expression, ..]`.

use crate::tables::HashMap;

/// A name that comments give to values, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(u32);

/// The first of the names that stand for inputs without a name, by which they are known where blocks meet.
const FIRST_INPUT: u32 = 1 << 31;

impl Name {
    pub(super) fn of_input(index: usize) -> Self {
        Self(FIRST_INPUT.saturating_add(index as u32))
    }

    pub(super) fn is_of_input(self) -> bool {
        self.0 >= FIRST_INPUT
    }
}

/// All names that comments use.
#[derive(Debug, Default)]
pub(super) struct ItemNames {
    numbers: HashMap<Box<str>, Name>,
    names: Vec<Box<str>>,
}

impl ItemNames {
    pub(super) fn intern(&mut self, name: &str) -> Name {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = Name(self.names.len() as u32);
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    pub(super) fn get(&self, name: Name) -> &str {
        self.names
            .get(name.0 as usize)
            .map_or("an input", |name| name)
    }
}

/// An item of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CommentItem {
    pub(super) name: Name,
    /// Whether it was written `name = expression`, which gives the value this name whatever it was called before.
    pub(super) assigned: bool,
}

/// What a comment says of the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comment {
    /// The items, top first.
    pub(super) items: Vec<CommentItem>,
    /// Whether more may lie below: it ends with `..`.
    pub(super) open: bool,
}

/// Whether a comment, which begins with semicolons, is about the stack.
pub(super) fn is_stack_comment(text: &str) -> bool {
    inner(text).starts_with('[')
}

fn inner(text: &str) -> &str {
    text.trim_start_matches(';').trim()
}

/// Reads a stack comment, or says what is wrong with it.
pub(super) fn parse(text: &str, names: &mut ItemNames) -> Result<Comment, String> {
    let mut comment = Comment::default();
    for (last, item) in items(inner(text))? {
        if item == ".." || item == "..." {
            if !last {
                return Err("`..` must be the last item of a stack comment".into());
            }
            comment.open = true;
            continue;
        }
        let (name, assigned) = match assigned_name(&item) {
            Some(name) => (name, true),
            None => (item.as_str(), false),
        };
        comment.items.push(CommentItem {
            name: names.intern(name),
            assigned,
        });
    }
    Ok(comment)
}

/// The items between the outermost brackets without their spaces, each with whether it is the last one.
fn items(text: &str) -> Result<Vec<(bool, String)>, String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut open = Vec::new();
    for letter in text.chars() {
        match letter {
            ' ' | '\t' => continue,
            '"' => return Err("a stack comment has no quotes".into()),
            '[' | '(' | '{' => {
                open.push(letter);
                if open.len() == 1 {
                    continue;
                }
            }
            ']' | ')' | '}' => {
                let wanted = match open.pop() {
                    Some('(') => ')',
                    Some('{') => '}',
                    _ => ']',
                };
                if letter != wanted {
                    return Err(format!(
                        "`{letter}` in a stack comment where `{wanted}` was expected"
                    ));
                }
                if open.is_empty() {
                    if !item.is_empty() {
                        items.push((false, item));
                    }
                    if let Some((last, _)) = items.last_mut() {
                        *last = true;
                    }
                    return Ok(items);
                }
            }
            ',' if open.len() == 1 => {
                if item.is_empty() {
                    return Err("an empty item in a stack comment".into());
                }
                items.push((false, std::mem::take(&mut item)));
                continue;
            }
            _ => {}
        }
        item.push(letter);
    }
    Err("the stack comment has no closing bracket".into())
}

/// The name that an item of the form `name=expression` gives. Comparisons are none.
fn assigned_name(item: &str) -> Option<&str> {
    let (name, expression) = item.split_once('=')?;
    if expression.is_empty() || expression.starts_with('=') {
        return None;
    }
    let mut letters = name.chars();
    let first = letters.next()?;
    let is_name = (first == '_' || first.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric());
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<String>, bool), String> {
        let mut names = ItemNames::default();
        let comment = parse(text, &mut names)?;
        let items = comment
            .items
            .iter()
            .map(|item| names.get(item.name).to_owned());
        Ok((items.collect(), comment.open))
    }

    #[test]
    fn items_are_told_apart() {
        let read = |text| read(text).expect("a comment");
        assert_eq!(
            read("; [a, b + 1, fn(a,b), arr[0]] more"),
            (
                ["a", "b+1", "fn(a,b)", "arr[0]"].map(String::from).to_vec(),
                false
            )
        );
        assert_eq!(read(";; []"), (vec![], false));
        assert_eq!(read("; [...]"), (vec![], true));
        assert_eq!(read("; [x=y+1, a==b, a<=b, ..]").0, ["x", "a==b", "a<=b"]);
    }

    #[test]
    fn what_is_no_comment() {
        for wrong in ["; [a", "; [a)]", "; [.., a]", "; [,a]", "; [\"a\"]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(is_stack_comment(";;  [a]") && !is_stack_comment("; see [a]"));
    }
}
