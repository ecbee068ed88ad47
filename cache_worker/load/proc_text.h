// The kernel's tables as text. Pure. Source: proc(5), Documentation/admin-guide/iostats.rst,
// Documentation/accounting/psi.rst.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace locus::worker {

// Clock ticks since boot, all processors together.
struct CpuTicks {
  uint64_t busy = 0;
  uint64_t total = 0;
};

// Bytes since boot.
struct InterfaceBytes {
  uint64_t received = 0;
  uint64_t sent = 0;
};

// Each table is absent when its file was, or could not be understood.
struct Counters {
  std::optional<CpuTicks> cpu;
  // "some avg10" as a fraction.
  std::optional<double> cpu_pressure;
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;
  // Milliseconds with a request in flight, since boot, by disk.
  std::optional<std::map<std::string, uint64_t>> disks;
  std::optional<std::map<std::string, InterfaceBytes>> interfaces;
};

// /proc/stat. Idle is idle and iowait; guest time is part of user time already and is not added again.
std::optional<CpuTicks> ParseStat(std::string_view text);

// /proc/pressure/{cpu,memory,io}.
std::optional<double> ParsePressure(std::string_view text);

// /proc/diskstats, without what is no disk of its own: loop and RAM devices, CD drives, floppies, and partitions (a
// name that is another name of the table and a number: sda1, nvme0n1p1).
std::optional<std::map<std::string, uint64_t>> ParseDiskstats(std::string_view text);

// /proc/net/dev, without the loopback and the interfaces that containers and bridges make (veth…, docker…, cni…): their
// bytes either stay on the node or pass a real interface too.
std::optional<std::map<std::string, InterfaceBytes>> ParseNetDev(std::string_view text);

}  // namespace locus::worker
