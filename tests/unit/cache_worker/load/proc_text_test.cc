// Texts as kernels write them.
#include "cache_worker/load/proc_text.h"

#include <catch2/catch.hpp>

using namespace locus::worker;
using DiskTimes = std::map<std::string, uint64_t>;

TEST_CASE("processor time is read from the line of all processors", "[load]") {
  const auto ticks = ParseStat(
      "cpu  62105 7 14504 353226 765 11 127 67 30 5\n"
      "cpu0 29401 0 6633 179222 89 0 23 30 0 0\n"
      "cpu1 32703 0 7870 174004 675 0 103 37 0 0\n"
      "intr 1163 0 9 0\nctxt 12345\nbtime 1700000000\n");
  REQUIRE(ticks);
  // 62105 + 7 + 14504 + 11 + 127 + 67; guest time (30, 5) is part of the first two.
  CHECK(ticks->busy == 76821);
  // and 353226 + 765.
  CHECK(ticks->total == 430812);
}

TEST_CASE("old kernels have fewer columns of processor time", "[load]") {
  const auto ticks = ParseStat("cpu 10 20 30 40\n");
  REQUIRE(ticks);
  CHECK(ticks->busy == 60);
  CHECK(ticks->total == 100);
}

TEST_CASE("a stat without its line, or with nonsense, tells nothing", "[load]") {
  for (const char* text : {"", "\n", "cpu0 1 2 3 4\n", "cpu\n", "cpu 1 2 x 4\n", "cpu 1 2 3\n", "cpu -1 2 3 4\n"}) {
    INFO(text);
    CHECK_FALSE(ParseStat(text));
  }
}

TEST_CASE("pressure is the share of time over ten seconds", "[load]") {
  CHECK(*ParsePressure("some avg10=12.34 avg60=1.00 avg300=0.10 total=123456\n"
                       "full avg10=99.00 avg60=0.00 avg300=0.00 total=1\n") == Approx(0.1234));
  CHECK(*ParsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n") == 0);
  CHECK(*ParsePressure("some avg10=100.00 avg60=0.00 avg300=0.00 total=0") == 1);
}

TEST_CASE("a kernel without pressure tells nothing", "[load]") {
  for (const char* text :
       {"", "full avg10=1.00 avg60=0.00 avg300=0.00 total=1\n", "some avg60=1.00 avg10=1.00\n", "some avg10=x\n",
        "some avg10=-1.00\n", "some avg10=100.01\n", "some avg10=nan\n", "some\n"}) {
    INFO(text);
    CHECK_FALSE(ParsePressure(text));
  }
}

TEST_CASE("disks are read without partitions, loops and drives of other kinds", "[load]") {
  const auto disks = ParseDiskstats(
      "   7       0 loop0 10 0 0 0 0 0 0 0 0 77 0 0 0 0 0 0 0\n"
      "   1       0 ram0 10 0 0 0 0 0 0 0 0 77 0\n"
      " 253       0 zram0 10 0 0 0 0 0 0 0 0 77 0 0 0 0 0 0 0\n"
      "  11       0 sr0 10 0 0 0 0 0 0 0 0 77 0 0 0 0 0 0 0\n"
      "   8       0 sda 139314 15249 6112834 64131 32178 83417 12474296 19098 0 14944 84672 14401 67 4725288 1368 2072 "
      "73\n"
      "   8       1 sda1 100 0 0 0 0 0 0 0 0 5000 0 0 0 0 0 0 0\n"
      "   8      16 sdb 1 0 0 0 0 0 0 0 3 42 0\n"
      " 259       0 nvme0n1 1 0 0 0 0 0 0 0 0 900 0 0 0 0 0 0 0\n"
      " 259       1 nvme0n1p1 1 0 0 0 0 0 0 0 0 901 0 0 0 0 0 0 0\n"
      " 259       2 nvme0n1p15 1 0 0 0 0 0 0 0 0 902 0 0 0 0 0 0 0\n"
      " 254       0 dm-0 1 0 0 0 0 0 0 0 0 15 0 0 0 0 0 0 0\n"
      " 202       1 xvda1 1 0 0 0 0 0 0 0 0 16 0 0 0 0 0 0 0\n");
  REQUIRE(disks);
  // xvda1 has no xvda beside it: some clouds show their disks so.
  CHECK(*disks == DiskTimes{{"sda", 14944}, {"sdb", 42}, {"nvme0n1", 900}, {"dm-0", 15}, {"xvda1", 16}});
}

TEST_CASE("a diskstats that is empty or cut tells nothing", "[load]") {
  CHECK_FALSE(ParseDiskstats(""));
  CHECK_FALSE(ParseDiskstats("   8       0 sda 1 2 3\n"));
  CHECK_FALSE(ParseDiskstats("   8       0 sda 1 0 0 0 0 0 0 0 0 x 0\n"));
  REQUIRE(ParseDiskstats("   7       0 loop0 10 0 0 0 0 0 0 0 0 77 0\n"));
  CHECK(ParseDiskstats("   7       0 loop0 10 0 0 0 0 0 0 0 0 77 0\n")->empty());
}

TEST_CASE("interfaces are read without the loopback and those of containers", "[load]") {
  const auto interfaces = ParseNetDev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
      "compressed\n"
      "    lo:   65531     336    0    0    0     0          0         0    65531     336    0    0    0     0       0 "
      "   "
      "      0\n"
      "  eth0: 282675008   15533    0    0    0     0          0         0  1234222   11955    0    0    0     0       "
      "0  "
      "        0\n"
      "veth1a2b: 5 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0\n"
      "docker0: 5 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0\n"
      "  ens5:7 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n"
      "eth0:1: 3 0 0 0 0 0 0 0 4 0 0 0 0 0 0 0\n");
  REQUIRE(interfaces);
  REQUIRE(interfaces->size() == 3);
  CHECK(interfaces->at("eth0").received == 282675008);
  CHECK(interfaces->at("eth0").sent == 1234222);
  CHECK(interfaces->at("ens5").received == 7);
  CHECK(interfaces->at("ens5").sent == 9);
  CHECK(interfaces->at("eth0:1").sent == 4);
}

TEST_CASE("a net/dev without a line that can be read tells nothing", "[load]") {
  CHECK_FALSE(ParseNetDev(""));
  CHECK_FALSE(ParseNetDev("eth0: 1 2 3\n"));
  CHECK_FALSE(ParseNetDev("eth0: x 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0\n"));
  REQUIRE(ParseNetDev("lo: 5 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0\n"));
}
