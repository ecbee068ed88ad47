#include "common/metrics.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace locus;

namespace {

bool Has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("asking again for a name and labels gives the same series", "[common]") {
  Metrics metrics;
  metrics.GetCounter("locus_test_calls_total", "Calls.", {{"code", "ok"}}).Increment();
  metrics.GetCounter("locus_test_calls_total", "Calls.", {{"code", "ok"}}).Increment(2);
  metrics.GetCounter("locus_test_calls_total", "Calls.", {{"code", "bad"}}).Increment();
  const std::string text = metrics.Render();
  CHECK(Has(text, "locus_test_calls_total{code=\"ok\"} 3"));
  CHECK(Has(text, "locus_test_calls_total{code=\"bad\"} 1"));
  CHECK(Has(text, "# HELP locus_test_calls_total Calls."));
  CHECK(Has(text, "# TYPE locus_test_calls_total counter"));
  CHECK(text.find("# TYPE") == text.rfind("# TYPE"));
}

TEST_CASE("gauges show their last value and histograms count by bucket", "[common]") {
  Metrics metrics;
  const Gauge gauge = metrics.GetGauge("locus_test_size_bytes", "Size.");
  gauge.Set(7);
  gauge.Set(5.5);
  const Histogram histogram = metrics.GetHistogram("locus_test_wait_seconds", "Wait.", {0.1, 1});
  for (const double seconds : {0.05, 0.1, 0.5, 3.0}) histogram.Observe(seconds);
  const std::string text = metrics.Render();
  CHECK(Has(text, "locus_test_size_bytes 5.5"));
  CHECK(Has(text, "locus_test_wait_seconds_bucket{le=\"0.1\"} 2"));
  CHECK(Has(text, "locus_test_wait_seconds_bucket{le=\"1\"} 3"));
  CHECK(Has(text, "locus_test_wait_seconds_bucket{le=\"+Inf\"} 4"));
  CHECK(Has(text, "locus_test_wait_seconds_count 4"));
}

TEST_CASE("callbacks run at each render, before it", "[common]") {
  Metrics metrics;
  int renders = 0;
  metrics.OnRender([&] { metrics.GetGauge("locus_test_renders", "Renders.").Set(++renders); });
  CHECK(Has(metrics.Render(), "locus_test_renders 1"));
  CHECK(Has(metrics.Render(), "locus_test_renders 2"));
}

TEST_CASE("label values are escaped as the text format asks", "[common]") {
  Metrics metrics;
  metrics.GetCounter("locus_test_total", "T.", {{"l", "a\"b\\c\nd"}}).Increment();
  CHECK(Has(metrics.Render(), R"(locus_test_total{l="a\"b\\c\nd"} 1)"));
}

TEST_CASE("counters lose nothing when many threads count and render", "[common]") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        metrics.GetCounter("locus_test_total", "T.").Increment();
        if (i % 50 == 0) metrics.Render();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(Has(metrics.Render(), "locus_test_total 800"));
}

TEST_CASE("a series that is removed is gone, and may come again", "[common]") {
  Metrics metrics;
  metrics.GetGauge("locus_test_part", "Parts.", {{"of", "a"}}).Set(1);
  metrics.GetGauge("locus_test_part", "Parts.", {{"of", "b"}}).Set(2);
  metrics.RemoveGauge("locus_test_part", "Parts.", {{"of", "a"}});
  CHECK_FALSE(Has(metrics.Render(), "locus_test_part{of=\"a\"} 1"));
  CHECK(Has(metrics.Render(), "locus_test_part{of=\"b\"} 2"));
  metrics.GetGauge("locus_test_part", "Parts.", {{"of", "a"}}).Set(3);
  CHECK(Has(metrics.Render(), "locus_test_part{of=\"a\"} 3"));
}
