//! JSON paths (Goessner's notation, as forge's library reads it): `$.a.b[0]['key'][1:3][*]..name[?(@.price < 10)]`.
//!
//! A path is read into steps, and each step goes from the values that are selected to the next ones. Paths without `$` start
//! at the root as well.

use std::cmp::Ordering;

use serde_json::Value as Json;

/// How much a path may select: `..*` can name the same values over and over.
const MOST_SELECTED: usize = 1 << 20;

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Keys(Vec<String>),
    Positions(Vec<i64>),
    Range {
        from: Option<i64>,
        to: Option<i64>,
        every: usize,
    },
    All,
    /// The values selected so far and all below them.
    Descend,
    Filter(Vec<Condition>),
}

/// A condition of a filter, with how it is connected to those before it.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    or: bool,
    path: Vec<Step>,
    /// What the value is compared with; without it the value only has to be there.
    comparison: Option<(Operator, Json)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The values that a path selects, in the order of the document.
pub(super) fn select<'a>(json: &'a Json, path: &str) -> Result<Vec<&'a Json>, String> {
    let path = if path == "." { "$" } else { path };
    let path = if path.starts_with('$') {
        path.to_owned()
    } else {
        format!("${path}")
    };
    let mut parser = Parser {
        text: &path,
        position: 1,
    };
    let steps = parser.steps(false).and_then(|steps| match parser.rest() {
        "" => Ok(steps),
        _ => Err(()),
    });
    let steps = steps.map_err(|()| {
        let marks = "^".repeat(parser.position);
        let reason = format!("path error: \n{path}\n{marks}\n");
        format!("failed selecting from JSON: {reason:?}")
    })?;
    follow(vec![json], &steps)
}

fn follow<'a>(mut selected: Vec<&'a Json>, steps: &[Step]) -> Result<Vec<&'a Json>, String> {
    for step in steps {
        selected = take(&selected, step)?;
    }
    Ok(selected)
}

fn take<'a>(from: &[&'a Json], step: &Step) -> Result<Vec<&'a Json>, String> {
    let mut taken = Vec::new();
    for &json in from {
        match (step, json) {
            (Step::Keys(keys), Json::Object(object)) => {
                taken.extend(keys.iter().filter_map(|key| object.get(key)));
            }
            (Step::Positions(positions), Json::Array(list)) => {
                let places = positions
                    .iter()
                    .map(|position| place(*position, list.len()));
                taken.extend(places.filter_map(|place| list.get(place)));
            }
            (Step::Range { from, to, every }, Json::Array(list)) => {
                let start = from.map_or(0, |from| place(from, list.len()));
                let end = to.map_or(list.len(), |to| place(to, list.len()));
                let range = list.get(start..end).unwrap_or_default();
                taken.extend(range.iter().step_by(*every));
            }
            (Step::All, _) => taken.extend(children(json)),
            (Step::Descend, _) => {
                let mut pending = vec![json];
                while let Some(json) = pending.pop() {
                    taken.push(json);
                    let below: Vec<_> = children(json).collect();
                    pending.extend(below.into_iter().rev());
                }
            }
            (Step::Filter(conditions), Json::Array(list)) => {
                for item in list {
                    if holds(conditions, item)? {
                        taken.push(item);
                    }
                }
            }
            (Step::Filter(conditions), Json::Object(_)) => {
                taken.extend(holds(conditions, json)?.then_some(json));
            }
            _ => {}
        }
        if taken.len() > MOST_SELECTED {
            return Err("failed selecting from JSON: the path selects too many values".to_owned());
        }
    }
    Ok(taken)
}

fn children(json: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match json {
        Json::Array(list) => Box::new(list.iter()),
        Json::Object(object) => Box::new(object.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Negative positions count from the end.
fn place(position: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = match position {
        0.. => position.min(length),
        _ => position.saturating_add(length).max(0),
    };
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn holds(conditions: &[Condition], json: &Json) -> Result<bool, String> {
    let mut all = false;
    for (position, condition) in conditions.iter().enumerate() {
        let selected = follow(vec![json], &condition.path)?;
        let holds = match &condition.comparison {
            None => !selected.is_empty(),
            Some((operator, with)) => selected.iter().any(|json| compare(json, *operator, with)),
        };
        all = match condition.or {
            _ if position == 0 => holds,
            true => all || holds,
            false => all && holds,
        };
    }
    Ok(all)
}

fn compare(json: &Json, operator: Operator, with: &Json) -> bool {
    let order = match (json, with) {
        (Json::Number(left), Json::Number(right)) => {
            // Digits of whole numbers are compared exactly, whatever their size.
            compare_digits(&left.to_string(), &right.to_string())
        }
        (Json::String(left), Json::String(right)) => Some(left.cmp(right)),
        _ if json == with => Some(Ordering::Equal),
        _ => None,
    };
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::Different => order != Some(Ordering::Equal),
        Operator::Less => order.is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::Greater => order.is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}

/// The order of decimal numbers without exponents.
fn compare_digits(left: &str, right: &str) -> Option<Ordering> {
    let parts = |text: &str| {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = whole
            .bytes()
            .chain(part.bytes())
            .all(|digit| digit.is_ascii_digit());
        let whole = whole.trim_start_matches('0').to_owned();
        let part = part.trim_end_matches('0').to_owned();
        plain.then_some((negative, whole, part))
    };
    let (left_negative, left_whole, left_part) = parts(left)?;
    let (right_negative, right_whole, right_part) = parts(right)?;
    let lengths = left_whole.len().cmp(&right_whole.len());
    let sizes = lengths
        .then(left_whole.cmp(&right_whole))
        .then(left_part.cmp(&right_part));
    let zero = |whole: &str, part: &str| whole.is_empty() && part.is_empty();
    Some(match (left_negative, right_negative) {
        _ if zero(&left_whole, &left_part) && zero(&right_whole, &right_part) => Ordering::Equal,
        (false, false) => sizes,
        (true, true) => sizes.reverse(),
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
    })
}

/// Reads a path from left to right.
struct Parser<'a> {
    text: &'a str,
    position: usize,
}

/// What ends a name that is not in quotes.
const ENDS_NAME: &[char] = &[
    '$', '.', '*', '[', ']', '(', ')', '@', '?', ',', ':', '<', '>', '=', '&', '|', '!',
];

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or("")
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    fn require(&mut self, text: &str) -> Result<(), ()> {
        if self.eat(text) { Ok(()) } else { Err(()) }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    /// All steps up to the end of the path; within a filter nothing may be filtered again.
    fn steps(&mut self, in_filter: bool) -> Result<Vec<Step>, ()> {
        let mut steps = Vec::new();
        loop {
            if self.eat("..") {
                steps.push(Step::Descend);
                if self.eat("[") {
                    steps.push(self.bracket(in_filter)?);
                } else {
                    steps.push(self.name()?);
                }
            } else if self.eat(".") {
                if self.eat("[") {
                    steps.push(self.bracket(in_filter)?);
                } else {
                    steps.push(self.name()?);
                }
            } else if self.eat("[") {
                steps.push(self.bracket(in_filter)?);
            } else {
                return Ok(steps);
            }
        }
    }

    fn name(&mut self) -> Result<Step, ()> {
        if self.eat("*") {
            return Ok(Step::All);
        }
        Ok(Step::Keys(vec![self.word()?.to_owned()]))
    }

    fn word(&mut self) -> Result<&'a str, ()> {
        let rest = self.rest();
        let end = |char: char| ENDS_NAME.contains(&char) || char.is_whitespace();
        let word = &rest[..rest.find(end).unwrap_or(rest.len())];
        self.position += word.len();
        if word.is_empty() { Err(()) } else { Ok(word) }
    }

    fn bracket(&mut self, in_filter: bool) -> Result<Step, ()> {
        self.skip_blanks();
        let step = if self.eat("*") {
            Step::All
        } else if self.eat("?") {
            if in_filter {
                return Err(());
            }
            self.filter()?
        } else if self.rest().starts_with(['\'', '"']) {
            let mut keys = vec![self.quoted()?];
            while self.next_of_list() {
                keys.push(self.quoted()?);
            }
            Step::Keys(keys)
        } else {
            self.positions()?
        };
        self.skip_blanks();
        self.require("]")?;
        Ok(step)
    }

    /// Whether a comma and another item follow.
    fn next_of_list(&mut self) -> bool {
        self.skip_blanks();
        let found = self.eat(",");
        self.skip_blanks();
        found
    }

    fn quoted(&mut self) -> Result<String, ()> {
        let quote = self
            .rest()
            .chars()
            .next()
            .filter(|char| ['\'', '"'].contains(char));
        let quote = quote.ok_or(())?;
        self.position += 1;
        let mut text = String::new();
        let mut escaped = false;
        for char in self.rest().chars() {
            self.position += char.len_utf8();
            match char {
                _ if escaped => {
                    if char != quote {
                        text.push('\\');
                    }
                    text.push(char);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if char == quote => return Ok(text),
                _ => text.push(char),
            }
        }
        Err(())
    }

    fn number(&mut self) -> Result<i64, ()> {
        self.word()?.parse().map_err(|_| ())
    }

    fn positions(&mut self) -> Result<Step, ()> {
        let optional = |parser: &mut Self| {
            parser.skip_blanks();
            match parser.rest().starts_with([':', ']']) {
                true => Ok(None),
                false => parser.number().map(Some),
            }
        };
        let from = optional(self)?;
        self.skip_blanks();
        if self.eat(":") {
            let to = optional(self)?;
            self.skip_blanks();
            let every = if self.eat(":") { optional(self)? } else { None };
            let every = usize::try_from(every.unwrap_or(1)).map_err(|_| ())?.max(1);
            return Ok(Step::Range { from, to, every });
        }
        let mut positions = vec![from.ok_or(())?];
        while self.next_of_list() {
            positions.push(self.number()?);
        }
        Ok(Step::Positions(positions))
    }

    fn filter(&mut self) -> Result<Step, ()> {
        self.require("(")?;
        let mut conditions = Vec::new();
        let mut or = false;
        loop {
            self.skip_blanks();
            self.require("@")?;
            let path = self.steps(true)?;
            self.skip_blanks();
            let comparison = match self.operator() {
                Some(operator) => Some((operator, self.literal()?)),
                None => None,
            };
            conditions.push(Condition {
                or,
                path,
                comparison,
            });
            self.skip_blanks();
            or = self.eat("||");
            if !or && !self.eat("&&") {
                break;
            }
        }
        self.require(")")?;
        Ok(Step::Filter(conditions))
    }

    fn operator(&mut self) -> Option<Operator> {
        for (text, operator) in [
            ("==", Operator::Equal),
            ("!=", Operator::Different),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ] {
            if self.eat(text) {
                return Some(operator);
            }
        }
        None
    }

    fn literal(&mut self) -> Result<Json, ()> {
        self.skip_blanks();
        if self.rest().starts_with(['\'', '"']) {
            return Ok(Json::String(self.quoted()?));
        }
        let rest = self.rest();
        let end = |char: char| [')', '&', '|'].contains(&char) || char.is_whitespace();
        let word = &rest[..rest.find(end).unwrap_or(rest.len())];
        self.position += word.len();
        serde_json::from_str(word).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{
        "a": {"b-c": [10, 20, 30, 40], "d.e": "quoted"},
        "items": [{"id": 1, "tag": "x"}, {"id": 2}, {"id": 3, "tag": "y"}],
        "id": 0
    }"#;

    fn selected(path: &str) -> Result<String, String> {
        let json: Json = serde_json::from_str(DOCUMENT).expect("JSON");
        let selected = select(&json, path)?;
        let texts: Vec<String> = selected.iter().map(ToString::to_string).collect();
        Ok(texts.join(" "))
    }

    #[test]
    fn steps() {
        for (path, expected) in [
            (".id", "0"),
            ("$.id", "0"),
            (".a.b-c[0]", "10"),
            (".a.b-c[-1]", "40"),
            (".a.b-c[1:3]", "20 30"),
            (".a.b-c[:]", "10 20 30 40"),
            (".a.b-c[::2]", "10 30"),
            (".a.b-c[0, 2]", "10 30"),
            (".a.b-c[9]", ""),
            ("['a'][\"d.e\"]", "\"quoted\""),
            (".a['d.e','none']", "\"quoted\""),
            (".items[*].id", "1 2 3"),
            (".items.*.tag", "\"x\" \"y\""),
            ("..id", "0 1 2 3"),
            (".items[?(@.id > 1)].id", "2 3"),
            (".items[?(@.tag)].id", "1 3"),
            (".items[?(@.tag == 'x' || @.id >= 3)].id", "1 3"),
            (".items[?(@.tag != 'x' && @.id < 3)].id", ""),
            (".none.none", ""),
        ] {
            assert_eq!(selected(path), Ok(expected.to_owned()), "{path}");
        }
        assert!(selected("$").is_ok_and(|all| all.starts_with('{')));
        assert_eq!(selected("."), selected("$"));
    }

    #[test]
    fn broken_paths() {
        for path in [
            ".", "a", ".a[", ".a[]", ".a[x]", ".a.", ".a['b", ".a[?(1)]", ".a b", "..", "a$",
        ] {
            if path != "." {
                let error = selected(path).expect_err(path);
                assert!(
                    error.starts_with("failed selecting from JSON: \"path error"),
                    "{error}"
                );
            }
        }
        assert!(selected(&"[?(@".repeat(10_000)).is_err());
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let deep: Json = serde_json::from_str(&deep).expect("JSON");
        assert!(select(&deep, &"..*".repeat(2)).is_ok());
        assert!(select(&deep, &"..*".repeat(50)).is_err());
    }
}
