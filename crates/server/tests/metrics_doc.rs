//! Layer: pure. `docs/metrics.md` is what the registry says.

use std::fmt::Write as _;

use tom_server::metrics::registry::{ALL, Kind};

#[test]
fn the_page_of_metrics_is_the_registry() {
    let mut page = String::from(
        "# Metrics\n\n\
         `/metrics` gives these in Prometheus' text format. Every series is there from the start. Labels never hold\n\
         a number, an id or what somebody said. Durations are media time where they are about audio.\n\n\
         | name | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for metric in ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let labels: Vec<String> = metric
            .labels
            .iter()
            .map(|(name, values)| match *name {
                "version" => "`version`".to_owned(),
                _ => format!("`{name}`: {}", values.join(", ")),
            })
            .collect();
        let row = writeln!(page, "| `{}` | {kind} | {} | {} |", metric.name, labels.join("; "), metric.help);
        assert!(row.is_ok());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, page, "run it with UPDATE_DOCS=1 and commit docs/metrics.md");
}
