#include "cache_worker/worker_traffic.h"

#include "cache_worker/traffic/sock_diag.h"

namespace locus::worker {

std::unique_ptr<TrafficWatch> WatchTraffic(Duration interval, uint16_t port, const Clock& clock) {
  if (interval == Duration(0)) return nullptr;
  return std::make_unique<TrafficWatch>(ConnectionsOn(port), interval, clock);
}

TrafficSource SourceOf(TrafficWatch* watch) {
  if (watch == nullptr) return {};
  return [watch] { return watch->Totals(); };
}

void ExportTraffic(TrafficWatch* watch, MetricsExport& exported) {
  if (watch == nullptr) return;
  exported.AddGauge("locus_worker_traffic_clients", "Clients that read from the worker by TCP.", {},
                    [watch] { return static_cast<double>(watch->Totals().size()); });
  exported.AddGauge("locus_worker_traffic_bytes", "Bytes that the clients that are known have read by TCP.", {},
                    [watch] {
                      uint64_t bytes = 0;
                      for (const ClientBytes& client : watch->Totals()) bytes += client.bytes;
                      return static_cast<double>(bytes);
                    });
  exported.AddCounter("locus_worker_traffic_failures_total",
                      "Times that the kernel did not tell of the worker's connections.", {},
                      [watch] { return watch->failures(); });
  exported.AddCounter("locus_worker_traffic_clients_over_limit_total",
                      "Sightings of clients left out because there are too many.", {},
                      [watch] { return watch->over_limit(); });
}

}  // namespace locus::worker
