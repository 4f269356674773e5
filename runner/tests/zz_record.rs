use std::path::PathBuf;
use gasworks_runner::assembly::{Options, Snapshots, discover, run};
#[test]
fn record() {
    let root = PathBuf::from(std::env::var("ASM_ROOT").unwrap());
    let options = Options { root: root.clone(), snapshots: Snapshots::Update, jobs: 2.try_into().unwrap(), ..Options::default() };
    let files = discover(&root).unwrap();
    let start = std::time::Instant::now();
    for result in run(&files, &options, &|_| true, &|_| {}) {
        for test in result.suite.tests {
            println!("{:?} {} {} {:?}", test.verdict, result.suite.source, test.name, test.kind);
            if format!("{:?}", test.verdict) != "Passed" { println!("{:?}\n{}", test.reason, test.logs.join("\n")); }
        }
        println!("{:?}", result.suite.warnings);
    }
    println!("{:?}", start.elapsed());
}
