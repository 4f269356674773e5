//! The control-flow graph of a listing as text for Graphviz and Mermaid.

use std::fmt;

use super::text::Statement;
use super::{Block, Destination, Exit, Listing};

/// A language for graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphFormat {
    /// Graphviz: <https://graphviz.org/doc/info/lang.html>.
    Dot,
    /// Mermaid: <https://mermaid.js.org/syntax/flowchart.html>.
    Mermaid,
}

impl Listing {
    /// The basic blocks and how control goes from one to another.
    pub fn graph(&self, format: GraphFormat) -> Graph<'_> {
        Graph {
            listing: self,
            format,
        }
    }
}

/// The graph of a listing: see [`Listing::graph`].
#[derive(Clone, Copy, Debug)]
pub struct Graph<'a> {
    listing: &'a Listing,
    format: GraphFormat,
}

/// What an arrow points to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Block(usize),
    /// Jumps whose destination the block does not tell.
    Unknown,
    /// Jumps to what is no JUMPDEST.
    Invalid,
    EndOfCode,
}

/// The nodes that are no blocks, with what they are called.
const OTHERS: [(Node, &str); 3] = [
    (Node::Unknown, "unknown"),
    (Node::Invalid, "no jumpdest"),
    (Node::EndOfCode, "end of code"),
];

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(position) => write!(f, "block_{position:04x}"),
            Self::Unknown => f.write_str("unknown"),
            Self::Invalid => f.write_str("invalid"),
            Self::EndOfCode => f.write_str("end_of_code"),
        }
    }
}

impl From<Destination> for Node {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Block(position) => Self::Block(position),
            Destination::Invalid => Self::Invalid,
            Destination::Unknown => Self::Unknown,
        }
    }
}

impl Graph<'_> {
    /// Where control goes from a block, and what is said of it.
    fn arrows(&self, block: &Block) -> impl Iterator<Item = (Node, &'static str)> {
        let next = match block.end < self.listing.code().len() {
            true => Node::Block(block.end),
            false => Node::EndOfCode,
        };
        let (first, second) = match block.exit {
            Exit::Halt => (None, None),
            Exit::EndOfCode | Exit::FallThrough => (Some((next, "")), None),
            Exit::Jump(destination) => (Some((destination.into(), "")), None),
            Exit::Branch(destination) => (Some((destination.into(), "yes")), Some((next, "no"))),
        };
        first.into_iter().chain(second)
    }

    fn nodes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for block in self.listing.blocks() {
            let node = Node::Block(block.start);
            let (open, line_end, close) = match self.format {
                GraphFormat::Dot => (" [label=\"", "\\l", "\"];"),
                GraphFormat::Mermaid => ("[\"", "<br/>", "\"]"),
            };
            write!(f, "    {node}{open}0x{:04x}{line_end}", block.start)?;
            for line in self.listing.lines_of(block) {
                let statement = Statement(line).to_string();
                match self.format {
                    GraphFormat::Dot => f.write_str(&statement)?,
                    // Mermaid has `#` begin the number of a character.
                    GraphFormat::Mermaid => f.write_str(&statement.replace('#', "#35;"))?,
                }
                f.write_str(line_end)?;
            }
            writeln!(f, "{close}")?;
        }
        Ok(())
    }

    fn others(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut used = [false; OTHERS.len()];
        for (node, _) in self
            .listing
            .blocks()
            .iter()
            .flat_map(|block| self.arrows(block))
        {
            for ((other, _), used) in OTHERS.iter().zip(&mut used) {
                *used |= *other == node;
            }
        }
        for ((node, name), used) in OTHERS.iter().zip(used) {
            match self.format {
                _ if !used => {}
                GraphFormat::Dot => {
                    writeln!(
                        f,
                        "    {node} [label=\"{name}\", shape=ellipse, style=dashed];"
                    )?;
                }
                GraphFormat::Mermaid => writeln!(f, "    {node}([\"{name}\"])")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Graph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            GraphFormat::Dot => {
                writeln!(f, "digraph code {{")?;
                writeln!(f, "    node [shape=box, fontname=\"monospace\"];")?;
            }
            GraphFormat::Mermaid => writeln!(f, "flowchart TD")?,
        }
        self.nodes(f)?;
        self.others(f)?;
        for block in self.listing.blocks() {
            let from = Node::Block(block.start);
            for (to, said) in self.arrows(block) {
                match (self.format, said) {
                    (GraphFormat::Dot, "") => writeln!(f, "    {from} -> {to};")?,
                    (GraphFormat::Dot, _) => writeln!(f, "    {from} -> {to} [label=\"{said}\"];")?,
                    (GraphFormat::Mermaid, "") => writeln!(f, "    {from} --> {to}")?,
                    (GraphFormat::Mermaid, _) => writeln!(f, "    {from} -->|{said}| {to}")?,
                }
            }
        }
        if self.format == GraphFormat::Dot {
            writeln!(f, "}}")?;
        }
        Ok(())
    }
}
