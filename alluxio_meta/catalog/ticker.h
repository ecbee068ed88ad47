// The thread that lets time pass for the catalog.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/wake.h"

namespace locus::meta {

// Calls Catalog::Tick every 20 ms, and `then` after it, from construction to destruction. The catalog must outlive it.
class Ticker {
 public:
  explicit Ticker(
      Catalog& catalog, std::function<void()> then = [] {});
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  Catalog& catalog_;
  const std::function<void()> then_;
  std::atomic<bool> stopped_{false};
  Wake wake_;
  std::thread thread_;
};

}  // namespace locus::meta
