//! Steps of two machines, as EIP-3155 shows them, side by side.

use std::fmt::Write;

use gasworks_spec::opcode;

use crate::reference::Step;

/// Steps that are shown before and after a difference.
const CONTEXT: usize = 4;
/// Words of the stack that are shown, from the top.
const WORDS: usize = 6;

/// Where the steps part, in lines for people; empty if they do not.
pub fn differences(ours: &[Step], theirs: &[Step]) -> String {
    let same = ours
        .iter()
        .zip(theirs)
        .take_while(|(one, other)| one == other)
        .count();
    let mut text = String::new();
    if same == ours.len() && same == theirs.len() {
        return text;
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "  steps differ after {same}");
    for step in &ours[same.saturating_sub(CONTEXT)..same] {
        let _ = writeln!(text, "    {}", line(step));
    }
    for (name, steps) in [("gasworks", ours), ("the other", theirs)] {
        let rest = steps.get(same..).unwrap_or_default();
        if rest.is_empty() {
            let _ = writeln!(text, "  {name} ends here");
        }
        for step in rest.iter().take(CONTEXT) {
            let _ = writeln!(text, "  {name}: {}", line(step));
        }
    }
    text
}

fn line(step: &Step) -> String {
    let name = opcode(step.opcode).map_or("undefined", |row| row.name);
    let top = step.stack.iter().rev().take(WORDS);
    let top: Vec<String> = top.map(|word| format!("{word:#x}")).collect();
    format!(
        "pc {} {name} gas {} depth {} stack of {}, top first: {}",
        step.pc,
        step.gas,
        step.depth,
        step.stack.len(),
        top.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_shown_with_what_is_around() {
        let step = |pc: usize| Step {
            pc,
            opcode: 1,
            gas: 100 - pc as u64,
            depth: 1,
            stack: Vec::new(),
        };
        let ours: Vec<Step> = (0..10).map(step).collect();
        assert_eq!(differences(&ours, &ours), "");
        let mut theirs = ours.clone();
        theirs[6].gas = 7;
        let text = differences(&ours, &theirs);
        assert!(
            text.contains("after 6") && text.contains("the other: pc 6 ADD gas 7"),
            "{text}"
        );
        assert!(text.contains("pc 2 ") && !text.contains("pc 1 "), "{text}");
        assert!(differences(&ours[..3], &ours).contains("gasworks ends here"));
    }
}
