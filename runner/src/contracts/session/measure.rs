//! Coverage and gas of what a session has run.

use std::path::Path;

use super::super::coverage::{self, Coverage, measure};
use super::super::project::Project;
use super::super::report::flame::{FlameError, FlameGraph};
use super::super::report::trace::Names;
use super::super::run::Summary;
use super::Session;
use super::assembly::AssemblyUnit;

impl Session {
    /// What the tests that have run have covered, if that was asked for.
    pub fn coverage(&self) -> Coverage {
        let mut files = Vec::new();
        for covered in self.assembly.iter().filter_map(AssemblyUnit::covered) {
            files.extend(covered.coverage().files);
        }
        for unit in &self.units {
            if let Some(collected) = &unit.options.coverage {
                let part = measure(collected, &unit.artifacts.contracts, &unit.measured);
                files.extend(part.files);
            }
        }
        Coverage { files }
    }

    /// Gas by call stack as an SVG, of the tests whose calls were written down.
    ///
    /// # Errors
    /// [`FlameError`] if there are none.
    pub fn flame_graph(&self, summary: &Summary) -> Result<String, FlameError> {
        let mut graph = FlameGraph::default();
        for suite in &summary.suites {
            if let Some(unit) = self.unit(suite) {
                let names = unit.names.get_or_init(|| Names::new(&unit.artifacts));
                graph.add(suite, names);
            }
        }
        graph.svg()
    }
}

/// Which sources of a project count as covered or not.
pub(super) fn scope(project: &Project, artifacts: &Path) -> coverage::Scope {
    let config = &project.config;
    let others = [&config.test, &config.script];
    let others = others.into_iter().chain(&config.libs).cloned();
    coverage::Scope {
        root: project.root.clone(),
        artifacts: artifacts.to_owned(),
        // Artifacts without a project can be of any folder.
        sources: Project::is_at(&project.root).then(|| config.src.clone()),
        others: others.filter(|folder| *folder != config.src).collect(),
    }
}
