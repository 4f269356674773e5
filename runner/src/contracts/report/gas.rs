//! What calls of functions cost, over all tests.

use std::collections::BTreeMap;

use crate::contracts::result::SuiteResult;

/// The figures of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasRow {
    /// The contract's name.
    pub contract: String,
    /// The function's name.
    pub function: String,
    /// How many calls were measured.
    pub calls: usize,
    /// The least gas of a call.
    pub least: u64,
    /// The mean.
    pub mean: u64,
    /// The median.
    pub median: u64,
    /// The most.
    pub most: u64,
}

/// The figures of all functions whose calls were measured, in the order of contracts and functions.
pub fn rows(suites: &[SuiteResult]) -> Vec<GasRow> {
    let mut measured: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for call in suites.iter().flat_map(|suite| &suite.calls) {
        let key = (call.contract.as_str(), call.function.as_str());
        measured.entry(key).or_default().push(call.gas);
    }
    measured
        .into_iter()
        .map(|((contract, function), gas)| {
            let least = gas.iter().min().copied().unwrap_or(0);
            let most = gas.iter().max().copied().unwrap_or(0);
            let calls = gas.len();
            let (mean, median) = mean_and_median(gas);
            GasRow {
                contract: contract.to_owned(),
                function: function.to_owned(),
                calls,
                least,
                mean,
                median,
                most,
            }
        })
        .collect()
}

/// The mean and the median of gas, both rounded down.
pub fn mean_and_median(mut gas: Vec<u64>) -> (u64, u64) {
    gas.sort_unstable();
    let sum: u128 = gas.iter().map(|gas| u128::from(*gas)).sum();
    let mean = sum.checked_div(gas.len() as u128).unwrap_or(0);
    let at = |index: usize| gas.get(index).copied().unwrap_or(0);
    let middle = gas.len() / 2;
    let median = match gas.len() % 2 {
        0 if middle > 0 => at(middle - 1).midpoint(at(middle)),
        _ => at(middle),
    };
    (u64::try_from(mean).unwrap_or(u64::MAX), median)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::result::MeasuredCall;

    #[test]
    fn figures_are_those_of_a_function() {
        let call = |function: &str, gas| MeasuredCall {
            contract: "token".into(),
            function: function.into(),
            gas,
        };
        let suite = SuiteResult {
            calls: vec![
                call("transfer", 10),
                call("name", 1),
                call("transfer", 20),
                call("transfer", 40),
                call("transfer", 50),
            ],
            ..SuiteResult::default()
        };
        let rows = rows(&[suite]);
        assert_eq!(rows.len(), 2);
        let row = &rows[1];
        assert_eq!((row.calls, row.least, row.most), (4, 10, 50));
        assert_eq!((row.mean, row.median), (30, 30));
        assert_eq!(mean_and_median(Vec::new()), (0, 0));
        assert_eq!(mean_and_median(vec![3]), (3, 3));
    }
}
