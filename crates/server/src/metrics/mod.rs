//! How do numbers get from the server to Prometheus?

pub mod registry;

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::switchboard::{CacheCounts, HeldCounts};
use registry::{Kind, Metric};

/// The metrics of one server. Every series of the registry exists from the start, at 0.
#[derive(Clone, Debug)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

const META: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics, at 0.
    #[must_use]
    pub fn new() -> Self {
        let builder = registry::ALL.iter().fold(PrometheusBuilder::new(), |builder, metric| {
            let plain = PrometheusBuilder::new;
            match metric.kind {
                // The only error is an empty list of bounds, and a test looks at every histogram.
                Kind::Histogram(bounds) => builder
                    .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)
                    .unwrap_or_else(|_| plain()),
                _ => builder,
            }
        });
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let all = Self { recorder: Arc::new(recorder), handle };
        for metric in registry::ALL {
            all.describe(metric);
            all.register(metric, &mut Vec::new());
        }
        all
    }

    /// The text Prometheus reads.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds the samples of histograms together; without it they pile up when nobody scrapes.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// The counter of a metric for these label values.
    pub(crate) fn counter(&self, metric: &Metric, values: &[&'static str]) -> Counter {
        self.recorder.register_counter(&key(metric, values), &META)
    }

    /// One more.
    pub(crate) fn count(&self, metric: &Metric, values: &[&'static str]) {
        self.counter(metric, values).increment(1);
    }

    /// The gauge of a metric for these label values.
    pub(crate) fn gauge(&self, metric: &Metric, values: &[&'static str]) -> Gauge {
        self.recorder.register_gauge(&key(metric, values), &META)
    }

    /// One more value of a distribution.
    pub(crate) fn observe(&self, metric: &Metric, values: &[&'static str], value: f64) {
        self.histogram(metric, values).record(value);
    }

    /// How a cache does.
    pub(crate) fn cache(&self, name: &'static str, counts: &CacheCounts) {
        self.counter(&registry::CACHE_LOOKUPS, &[name, "hit"]).absolute(counts.hits);
        self.counter(&registry::CACHE_LOOKUPS, &[name, "miss"]).absolute(counts.misses);
        self.gauge(&registry::CACHE_ENTRIES, &[name]).set(counts.entries as f64);
        self.gauge(&registry::CACHE_BYTES, &[name]).set(counts.bytes as f64);
    }

    /// Callers who held the line.
    pub(crate) fn held(&self, counts: &HeldCounts) {
        self.gauge(&registry::CALLS_HELD, &[]).set(counts.waiting as f64);
        for (outcome, calls) in
            [("admitted", counts.admitted), ("refused", counts.refused), ("left", counts.left)]
        {
            self.counter(&registry::HELD, &[outcome]).absolute(calls);
        }
    }

    /// Calls that got less of an engine.
    pub(crate) fn spared(&self, engine: &'static str, calls: u64) {
        self.counter(&registry::SPARED_CALLS, &[engine]).absolute(calls);
    }

    fn histogram(&self, metric: &Metric, values: &[&'static str]) -> Histogram {
        self.recorder.register_histogram(&key(metric, values), &META)
    }

    fn describe(&self, metric: &Metric) {
        let (name, help) = (metric.name.into(), metric.help.into());
        match metric.kind {
            Kind::Counter => self.recorder.describe_counter(name, None, help),
            Kind::Gauge => self.recorder.describe_gauge(name, None, help),
            Kind::Histogram(_) => self.recorder.describe_histogram(name, None, help),
        }
    }

    /// Makes a series of every combination of label values.
    fn register(&self, metric: &Metric, values: &mut Vec<&'static str>) {
        if let Some((_, allowed)) = metric.labels.get(values.len()) {
            for value in *allowed {
                values.push(value);
                self.register(metric, values);
                values.pop();
            }
            return;
        }
        match metric.kind {
            Kind::Counter => self.counter(metric, values).increment(0),
            Kind::Gauge => self.gauge(metric, values).set(0.0),
            Kind::Histogram(_) => drop(self.histogram(metric, values)),
        }
    }
}

fn key(metric: &Metric, values: &[&'static str]) -> Key {
    debug_assert_eq!(values.len(), metric.labels.len(), "{}", metric.name);
    debug_assert!(
        metric.labels.iter().zip(values).all(|((_, allowed), value)| allowed.contains(value)),
        "{} has no {values:?}",
        metric.name
    );
    let labels: Vec<Label> = metric
        .labels
        .iter()
        .zip(values)
        .map(|((name, _), value)| Label::from_static_parts(name, value))
        .collect();
    Key::from_parts(metric.name, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_registered_name_is_exported_with_its_help() {
        let text = Metrics::new().render();
        for metric in registry::ALL {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            assert!(text.contains(&format!("# TYPE {} {kind}\n", metric.name)), "{}", metric.name);
            assert!(text.contains(&format!("# HELP {} ", metric.name)), "{}", metric.name);
        }
    }

    #[test]
    fn names_are_unique_and_counters_end_in_total() {
        let mut names: Vec<_> = registry::ALL.iter().map(|m| m.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for metric in registry::ALL {
            assert!(metric.kind != Kind::Counter || metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn a_distribution_has_the_registered_bounds() {
        let metrics = Metrics::new();
        metrics.observe(&registry::BARGE_IN_STOP, &[], 0.11);
        let text = metrics.render();
        assert!(text.contains("tom_barge_in_stop_seconds_bucket{le=\"0.1\"} 0"), "{text}");
        assert!(text.contains("tom_barge_in_stop_seconds_bucket{le=\"0.12\"} 1"));
        assert!(text.contains("tom_barge_in_stop_seconds_bucket{le=\"0.5\"} 1"));
    }
}
