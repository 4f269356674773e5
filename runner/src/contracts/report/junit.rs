//! Results as JUnit's XML. The one file that names `quick-junit`.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::super::result::{SuiteResult, TestResult, Verdict};
use super::text;

/// Suites as a document. It has no times, so that one run's is the other's.
pub fn document(suites: &[SuiteResult]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("gasworks");
    for suite in suites {
        let mut of_suite = TestSuite::new(suite.name());
        for test in &suite.tests {
            of_suite.add_test_case(case(suite, test));
        }
        report.add_test_suite(of_suite);
    }
    report.to_string()
}

fn case(suite: &SuiteResult, test: &TestResult) -> TestCase {
    let status = match test.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            if let Some(reason) = &test.reason {
                status.set_message(reason.as_str());
            }
            status
        }
        Verdict::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(test.reason.as_deref().unwrap_or("failed"));
            status.set_description(text::verdict(test));
            status
        }
    };
    let mut case = TestCase::new(test.name.as_str(), status);
    case.set_classname(suite.name());
    let figures = format!("{} {}", test.name, test.kind);
    let lines = std::iter::once(figures).chain(test.logs.iter().cloned());
    case.set_system_out(lines.collect::<Vec<_>>().join("\n"));
    case
}
