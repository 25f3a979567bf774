//! How is a run told: one table for people, one JSON document for machines?

use serde::Serialize;
use serde_json::Value;
use tom_probe::stats::Summary;

/// A figure, its bar, and whether it is met.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub figure: String,
    /// What is asked for; empty: nothing, the figure is reported beside others.
    pub bar: String,
    /// What was found.
    pub value: String,
    /// Whether the bar is met; none: there is no bar, or nothing was measured.
    pub met: Option<bool>,
    /// All numbers.
    pub data: Value,
}

impl Row {
    /// A figure with a bar.
    pub fn judged(figure: &str, bar: &str, value: String, met: bool, data: impl Serialize) -> Self {
        Self { met: Some(met), ..Self::reported(figure, value, data) }.with_bar(bar)
    }

    /// A figure without one.
    pub fn reported(figure: &str, value: String, data: impl Serialize) -> Self {
        let data = serde_json::to_value(data).unwrap_or_default();
        Self { figure: figure.into(), bar: String::new(), value, met: None, data }
    }

    /// A figure that could not be measured, and why.
    #[must_use]
    pub fn missing(figure: &str, bar: &str, why: &str) -> Self {
        Self::reported(figure, format!("not measured: {why}"), Value::Null).with_bar(bar)
    }

    fn with_bar(mut self, bar: &str) -> Self {
        self.bar = bar.into();
        self
    }
}

/// Everything a run found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// What it ran on, and how.
    pub conditions: Value,
    /// The figures.
    pub rows: Vec<Row>,
}

impl Report {
    /// The table, in Markdown.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::from("| figure | bar | measured | met |\n|---|---|---|---|\n");
        for row in &self.rows {
            let met = match row.met {
                Some(true) => "yes",
                Some(false) => "**no**",
                None if row.data.is_null() => "**not measured**",
                None => "",
            };
            let clean = |text: &str| text.replace('|', "/").replace('\n', " ");
            out.push_str(&format!(
                "| {} | {} | {} | {met} |\n",
                clean(&row.figure),
                clean(&row.bar),
                clean(&row.value)
            ));
        }
        out
    }
}

/// Where a page holds the table.
const BEGIN: &str = "<!-- the table begins: cargo xtask bench --write-docs -->";
const END: &str = "<!-- the table ends -->";

impl Report {
    /// A page with this table in place of the one between its marks.
    ///
    /// # Errors
    /// When the page has no marks.
    pub fn into_page(&self, page: &str) -> anyhow::Result<String> {
        let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let Some((before, after)) = parts else {
            anyhow::bail!("the page has no place for the table: write {BEGIN} and {END} into it");
        };
        let machine = &self.conditions["machine"];
        let on = format!(
            "{}, {} cores; load average {} before and {} after; seed {}, {} s in all.",
            machine["cpu"].as_str().unwrap_or("unknown processor"),
            machine["cores"],
            machine["load_average"],
            self.conditions["load_average_at_the_end"],
            self.conditions["seed"],
            self.conditions["seconds"],
        );
        Ok(format!("{before}{BEGIN}\n\n{on}\n\n{}\n{END}{after}", self.table()))
    }
}

/// `p50 12 ms, p95 34 ms, p99 56 ms (n = 300, 2 missed)`.
#[must_use]
pub fn told(summary: &Summary) -> String {
    let ms = |value: Option<f64>| value.map_or("none".into(), |ms| format!("{ms:.0} ms"));
    let missed = if summary.missed > 0 { format!(", {} missed", summary.missed) } else { String::new() };
    let (p50, p95, p99) = (ms(summary.p50), ms(summary.p95), ms(summary.p99));
    format!("p50 {p50}, p95 {p95}, p99 {p99} (n = {}{missed})", summary.count)
}

/// Whether a percentile is there and below a bound.
#[must_use]
pub fn below(value: Option<f64>, bound: f64) -> bool {
    value.is_some_and(|value| value < bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_is_missed_stands_out() {
        let row = |met| Row::judged("a | b", "< 1", "2".into(), met, 2);
        let report = Report {
            rows: vec![row(true), row(false), Row::missing("c", "< 3", "no sox")],
            ..Report::default()
        };
        let table = report.table();
        assert!(table.contains("| a / b | < 1 | 2 | yes |") && table.contains("**no**"), "{table}");
        assert!(table.contains("| c | < 3 | not measured: no sox | **not measured** |"), "{table}");
    }

    #[test]
    fn the_table_of_a_page_is_replaced_and_nothing_else() {
        let report = Report { rows: vec![Row::missing("new", "", "x")], ..Report::default() };
        let page = report.into_page(&format!("before\n{BEGIN}\nold\n{END}\nafter")).unwrap();
        assert!(page.starts_with("before\n") && page.ends_with("\nafter"), "{page}");
        assert!(page.contains("| new |") && !page.contains("old"));
        assert_eq!(report.into_page(&page).unwrap(), page);
        assert!(report.into_page("no marks").is_err());
    }

    #[test]
    fn a_percentile_among_the_misses_meets_no_bar() {
        assert!(below(Some(1.0), 2.0) && !below(Some(2.0), 2.0) && !below(None, 2.0));
        let summary = Summary { count: 2, missed: 1, ..Summary::default() };
        assert!(told(&summary).ends_with("(n = 2, 1 missed)"));
    }
}
