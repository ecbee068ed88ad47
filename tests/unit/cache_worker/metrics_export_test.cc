#include "cache_worker/metrics_export.h"

#include <catch2/catch.hpp>

using namespace locus;

TEST_CASE("counters follow totals that are kept elsewhere, gauges follow levels", "[metrics]") {
  uint64_t total = 5;
  double level = 1.5;
  Metrics metrics;
  worker::MetricsExport exported(metrics);
  exported.AddCounter("locus_worker_x_total", "X.", {{"tier", "MEM"}}, [&] { return total; });
  exported.AddGauge("locus_worker_y", "Y.", {}, [&] { return level; });
  CHECK(metrics.Render().find("locus_worker_x_total{tier=\"MEM\"} 5\n") != std::string::npos);
  total = 7;
  level = 0;
  const std::string text = metrics.Render();
  CHECK(text.find("locus_worker_x_total{tier=\"MEM\"} 7\n") != std::string::npos);
  CHECK(text.find("locus_worker_y 0\n") != std::string::npos);
}
