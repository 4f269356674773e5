//! Finds the comments above contracts and functions in a source of Solidity, without understanding the rest of it.

use crate::contracts::property::solidity::{Lexer, Token};

use super::{Entry, InlineConfig, PREFIX, entries};

/// Adds the entries of a contract and of its functions.
pub(super) fn read(source: &str, contract: &str, config: &mut InlineConfig) {
    let mut tokens = Lexer::new(source);
    // Comments since the last token that was none.
    let mut docs: Vec<Entry> = Vec::new();
    let mut depth = 0usize;
    // The body of the contract that is looked for is open, one deeper than the file.
    let mut inside = false;
    while let Some(token) = tokens.next() {
        match token {
            Token::Doc(text, start) => {
                if text.contains(PREFIX) {
                    docs.extend(entries(text, &place(source, start)));
                }
                continue;
            }
            Token::Sign(b'{') => depth += 1,
            Token::Sign(b'}') => {
                depth = depth.saturating_sub(1);
                inside &= depth > 0;
            }
            // Before `contract`: the comments are still its own.
            Token::Word("abstract") if depth == 0 => continue,
            Token::Word("contract" | "library" | "interface") if depth == 0 => {
                if let Some(Token::Word(name)) = tokens.next()
                    && name == contract
                {
                    inside = true;
                    config.add(None, std::mem::take(&mut docs));
                }
            }
            Token::Word("function") if inside && depth == 1 => {
                if let Some(Token::Word(name)) = tokens.next() {
                    config.add(Some(name), std::mem::take(&mut docs));
                }
            }
            _ => {}
        }
        docs.clear();
    }
}

/// Line and column, counted from one.
fn place(source: &str, position: usize) -> String {
    let before = source.get(..position).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    format!("{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, contract: &str) -> InlineConfig {
        InlineConfig::from_source("", source, contract)
    }

    fn runs(config: &InlineConfig, function: &str) -> Vec<String> {
        let entries = config.functions.get(function).into_iter().flatten();
        entries
            .map(|entry| format!("{} {}", entry.place, entry.text))
            .collect()
    }

    #[test]
    fn comments_belong_to_what_follows_them() {
        let source = "
contract C { /// forge-config: default.fuzz.runs = 600

\t\t\t\t                                /// forge-config: default.fuzz.runs = 601

    function f1() {}
       /** forge-config: default.fuzz.runs = 700 */
function f2() {} /** forge-config: default.fuzz.runs = 800 */ function f3() {}

/**
 * forge-config: default.fuzz.runs = 1024
 * forge-config: default.fuzz.max-test-rejects = 500
 */
    function f4() {}
    /// forge-config: default.fuzz.runs = 1
    uint256 variable;
    function f5() {}
}
";
        let config = found(source, "C");
        assert_eq!(
            runs(&config, "f1"),
            [
                "2:14 default.fuzz.runs = 600",
                "4:37 default.fuzz.runs = 601"
            ]
        );
        assert_eq!(runs(&config, "f2"), ["7:8 default.fuzz.runs = 700"]);
        assert_eq!(runs(&config, "f3"), ["8:18 default.fuzz.runs = 800"]);
        assert_eq!(
            runs(&config, "f4"),
            [
                "10:1 default.fuzz.runs = 1024",
                "10:1 default.fuzz.max-test-rejects = 500"
            ]
        );
        assert!(!config.configures("f5"));
        assert!(config.contract.is_empty());
    }

    #[test]
    fn other_contracts_and_what_only_looks_like_a_comment_are_passed_over() {
        let source = r#"
/// forge-config: default.fuzz.runs = 1
abstract contract A { /// forge-config: default.fuzz.runs = 2
  function f() public { string memory s = "/// forge-config: default.fuzz.runs = 3 { \" {"; } }
// forge-config: default.fuzz.runs = 4
contract B is A { /* forge-config: default.fuzz.runs = 5 */ function f() public {}
  /// forge-config: default.fuzz.runs = 6
  function g(function(uint) external h) public { if (true) { /// forge-config: default.fuzz.runs = 7
  } } }
/// forge-config: default.fuzz.runs = 8
function free() {}
"#;
        let a = found(source, "A");
        assert_eq!(a.contract.len(), 1);
        assert_eq!(runs(&a, "f"), ["3:23 default.fuzz.runs = 2"]);
        let b = found(source, "B");
        assert!(b.contract.is_empty());
        assert!(!b.configures("f"));
        assert_eq!(runs(&b, "g"), ["7:3 default.fuzz.runs = 6"]);
        assert!(!b.configures("free"));
        assert!(found(source, "C").is_empty());
    }

    #[test]
    fn broken_sources_do_no_harm() {
        for source in [
            "/// forge-config: x",
            "contract A { /** forge-config: x",
            "contract A { '\\",
            "}}}} contract A { function",
            "contract é { /// forge-config: é\n function é",
        ] {
            let config = found(source, "A");
            let mut options = super::super::TestOptions::default();
            let applied = config.apply(None, "default", &[], &mut options);
            assert!(applied.is_ok() || !config.is_empty());
        }
    }
}
