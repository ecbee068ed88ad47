#include "locusctl/command_line/command_line.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

Invocation Parsed(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  const CommandLine line = ParseCommandLine(arguments, environment);
  INFO(line.err);
  REQUIRE(line.invocation);
  return *line.invocation;
}

// The error text of arguments that must be refused with exit code 2.
std::string Refused(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  const CommandLine line = ParseCommandLine(arguments, environment);
  CHECK_FALSE(line.invocation);
  CHECK(line.exit_code == 2);
  CHECK(line.out.empty());
  return line.err;
}

}  // namespace

TEST_CASE("defaults hold without flags and environment", "[locusctl]") {
  const Invocation invocation = Parsed({"workers"});
  CHECK(invocation.verb == Verb::kWorkers);
  CHECK(invocation.meta == "127.0.0.1:8910");
  CHECK(Parsed({"decisions"}).extender.url == "http://127.0.0.1:8900");
  CHECK(invocation.timeout == 5s);
  CHECK(invocation.format == Format::kTable);
  CHECK(invocation.program == "locusctl");
}

TEST_CASE("the environment names the servers and flags win over it", "[locusctl]") {
  Environment environment;
  environment.meta = "meta:1";
  environment.extender = "http://ext:2/base/";
  CHECK(Parsed({"workers"}, environment).meta == "meta:1");
  const Invocation decisions = Parsed({"decisions"}, environment);
  CHECK(decisions.extender.endpoint.host == "ext");
  CHECK(decisions.extender.endpoint.port == 2);
  CHECK(decisions.extender.endpoint.prefix == "/base");
  CHECK(Parsed({"--meta", "other:3", "workers"}, environment).meta == "other:3");
}

TEST_CASE("flags may stand before and after the verb", "[locusctl]") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--json", "--timeout", "250ms", "locality", "/a", "/b"},
        std::vector<std::string>{"locality", "/a", "--timeout=250ms", "/b", "--json"}}) {
    const Invocation invocation = Parsed(arguments);
    CHECK(invocation.verb == Verb::kLocality);
    CHECK(invocation.inputs == std::vector<std::string>{"/a", "/b"});
    CHECK(invocation.format == Format::kJson);
    CHECK(invocation.timeout == 250ms);
  }
}

TEST_CASE("explain takes a pod in either form", "[locusctl]") {
  CHECK(Parsed({"explain", "spark/p"}).explain.pod.space == "spark");
  CHECK(Parsed({"explain", "p"}).explain.pod.space == "default");
  CHECK(Parsed({"explain", "p", "-n", "jobs", "--all"}).explain.pod.space == "jobs");
  CHECK(Parsed({"explain", "p", "-n", "jobs", "--all"}).explain.all);
  CHECK(Refused({"explain", "Not A Pod"}).find("write POD or NAMESPACE/POD") != std::string::npos);
  CHECK_FALSE(Refused({"explain"}).empty());
}

TEST_CASE("decisions are limited", "[locusctl]") {
  CHECK(Parsed({"decisions"}).limit == 20);
  CHECK(Parsed({"decisions", "--limit", "3"}).limit == 3);
  CHECK_FALSE(Refused({"decisions", "--limit", "0"}).empty());
  CHECK_FALSE(Refused({"decisions", "--limit", "-1"}).empty());
  CHECK_FALSE(Refused({"decisions", "--limit", "99999999999"}).empty());
}

TEST_CASE("mistakes are told with what to write instead", "[locusctl]") {
  CHECK(Refused({}) ==
        "locusctl: write one of the verbs status, locality, explain, decisions, mounts, watch, workers, load, pin, "
        "unpin, evict, plan, spark-conf, submit, doctor, completion, man\n"
        "  Run 'locusctl --help' for usage.\n");
  CHECK(Refused({"explian", "p"}).find("write one of the verbs") != std::string::npos);
  CHECK(Refused({"workers", "--nonsense"}).find("--nonsense") != std::string::npos);
  CHECK(Refused({"workers", "--timeout", "5"}) ==
        "locusctl: --timeout: '5' is not a duration; write for example 250ms, 10s, 5m or 1h\n");
  CHECK_FALSE(Refused({"workers", "--timeout", "0s"}).empty());
  CHECK_FALSE(Refused({"workers", "--timeout", "2h"}).empty());
  CHECK_FALSE(Refused({"locality"}).empty());
  CHECK(Refused({"workers", "\x1b[2J"}).find('\x1b') == std::string::npos);
}

TEST_CASE("addresses that cannot be right are refused before any call", "[locusctl]") {
  for (const char* meta : {"", "host", "host:", ":8910", "host:0", "host:70000", "host:x", "http://host:8910"}) {
    INFO(meta);
    CHECK_FALSE(Refused({"workers", "--meta", meta}).empty());
  }
  CHECK(Parsed({"workers", "--meta", "[::1]:8910"}).meta == "[::1]:8910");
  for (const char* url : {"", "host:8900", "http://", "http://:1", "http://h:0", "http://h:x", "http://u@h:1",
                          "http://h:1/a?b", "ftp://h"}) {
    INFO(url);
    CHECK(Refused({"decisions", "--extender", url}).find("http://127.0.0.1:8900") != std::string::npos);
  }
  // A verb that does not call the extender does not mind.
  Environment environment;
  environment.extender = "nonsense";
  Parsed({"workers"}, environment);
}

TEST_CASE("URLs are read in the forms of RFC 3986", "[locusctl]") {
  const auto v6 = ParseHttpUrl("http://[fd00::1]:8900");
  REQUIRE(v6.ok());
  CHECK(v6->host == "fd00::1");
  CHECK(v6->port == 8900);
  const auto plain = ParseHttpUrl("http://locus.kube-system/");
  REQUIRE(plain.ok());
  CHECK(plain->host == "locus.kube-system");
  CHECK(plain->port == 80);
  CHECK(plain->prefix.empty());
}

TEST_CASE("at most 64 inputs are asked for at once", "[locusctl]") {
  std::vector<std::string> arguments(65, "/a");
  arguments[0] = "locality";
  CHECK(Parsed(arguments).inputs.size() == 64);
  arguments.push_back("/a");
  CHECK(Refused(arguments).find("at most 64 inputs") != std::string::npos);
}

TEST_CASE("help and version go to the output with exit code 0", "[locusctl]") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, std::vector<std::string>{"--version"},
        std::vector<std::string>{"explain", "--help"}}) {
    const CommandLine line = ParseCommandLine(arguments, {});
    CHECK_FALSE(line.invocation);
    CHECK(line.exit_code == 0);
    CHECK_FALSE(line.out.empty());
    CHECK(line.err.empty());
  }
  CHECK(ParseCommandLine({"--help"}, {}).out.find("Exit codes:") != std::string::npos);
}

TEST_CASE("as a plugin of kubectl it speaks under that name", "[locusctl]") {
  Environment environment;
  environment.program_path = "/usr/local/bin/kubectl-locus";
  CHECK(Parsed({"workers"}, environment).program == "kubectl locus");
  CHECK(Refused({}, environment).find("kubectl locus: ") == 0);
  CHECK(ProgramName("./locusctl") == "locusctl");
  CHECK(ProgramName("") == "locusctl");
}

TEST_CASE("colours need a terminal that wants them", "[locusctl]") {
  Environment environment;
  CHECK_FALSE(StyleFor(environment, "auto").colour);
  environment.terminal = true;
  environment.term = "xterm";
  CHECK(StyleFor(environment, "auto").colour);
  environment.no_color = "1";
  CHECK_FALSE(StyleFor(environment, "auto").colour);
  environment.no_color = "";
  environment.term = "dumb";
  CHECK_FALSE(StyleFor(environment, "auto").colour);
}

TEST_CASE("certificates and tokens come from flags, else from the environment", "[locusctl]") {
  Environment environment;
  environment.files = {"e-ca", "e-cert", "e-key", "e-name", "e-token"};
  const Invocation told = Parsed({"workers"}, environment);
  CHECK(told.files.ca == "e-ca");
  CHECK(told.files.certificate == "e-cert");
  CHECK(told.files.key == "e-key");
  CHECK(told.files.server_name == "e-name");
  CHECK(told.files.token_file == "e-token");
  const Invocation flags = Parsed(
      {"workers", "--ca", "a", "--cert", "b", "--key", "c", "--server-name", "d", "--token-file", "e"}, environment);
  CHECK(flags.files.ca == "a");
  CHECK(flags.files.certificate == "b");
  CHECK(flags.files.key == "c");
  CHECK(flags.files.server_name == "d");
  CHECK(flags.files.token_file == "e");
}

TEST_CASE("--color wins over terminal and NO_COLOR", "[locusctl]") {
  Environment environment;
  environment.no_color = "1";
  CHECK(Parsed({"workers", "--color", "always"}, environment).style.colour);
  environment = {};
  environment.terminal = true;
  environment.term = "xterm";
  CHECK(Parsed({"workers"}, environment).style.colour);
  CHECK_FALSE(Parsed({"workers", "--color=never"}, environment).style.colour);
  CHECK_FALSE(Refused({"workers", "--color", "blue"}).empty());
}

TEST_CASE("every answer comes as a table, as JSON or as YAML", "[locusctl]") {
  CHECK(Parsed({"workers", "--output", "table"}).format == Format::kTable);
  CHECK(Parsed({"-o", "json", "workers"}).format == Format::kJson);
  CHECK(Parsed({"workers", "-o", "yaml"}).format == Format::kYaml);
  CHECK_FALSE(Refused({"workers", "-o", "xml"}).empty());
  CHECK_FALSE(Refused({"workers", "-o", "yaml", "--json"}).empty());
}

TEST_CASE("status and doctor cluster take several servers", "[locusctl]") {
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"status"}, {"doctor", "cluster"}}) {
    std::vector<std::string> arguments = verb;
    for (const char* more : {"--meta", "a:1,b:2", "--extender", "http://a:3,http://b:4/x"}) arguments.push_back(more);
    const Invocation invocation = Parsed(arguments);
    CHECK(invocation.metas == std::vector<std::string>{"a:1", "b:2"});
    REQUIRE(invocation.extenders.size() == 2);
    CHECK(invocation.extenders[1].endpoint.host == "b");
    CHECK(invocation.extenders[1].endpoint.prefix == "/x");
    arguments = verb;
    arguments.insert(arguments.end(), {"--meta", "a:1,"});
    CHECK_FALSE(Refused(arguments).empty());
  }
  CHECK_FALSE(Refused({"workers", "--meta", "a:1,b:2"}).empty());
  std::string many = "a:1";
  for (int i = 0; i < 16; ++i) many += ",a:1";
  CHECK(Refused({"status", "--meta", many}).find("at most 16") != std::string::npos);
}

TEST_CASE("doctor cluster is another verb than doctor", "[locusctl]") {
  const Invocation plain = Parsed({"doctor", "cluster"});
  CHECK(plain.verb == Verb::kDoctorCluster);
  CHECK(plain.checkup.space == "locus");
  CHECK(plain.checkup.scheduler == "locus");
  const Invocation full = Parsed({"doctor", "cluster", "-n", "cache", "--scheduler", "s", "--kubeconfig", "f"});
  CHECK(full.checkup.space == "cache");
  CHECK(full.checkup.scheduler == "s");
  CHECK(full.checkup.kubeconfig == "f");
  CHECK(Parsed({"doctor", "--app", "x"}).verb == Verb::kDoctor);
  CHECK_FALSE(Refused({"doctor", "--app", "x", "cluster"}).empty());
}

TEST_CASE("scripts and the manual are printed without asking anybody", "[locusctl]") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"completion", "bash"}, {"man"}}) {
    const CommandLine line = ParseCommandLine(arguments, {});
    CHECK_FALSE(line.invocation);
    CHECK(line.exit_code == 0);
    CHECK_FALSE(line.out.empty());
  }
  CHECK_FALSE(Refused({"completion"}).empty());
  CHECK_FALSE(Refused({"completion", "tcsh"}).empty());
}

TEST_CASE("the hidden verb completes, and so does the program that kubectl calls", "[locusctl]") {
  const std::string expected = "unpin\tlets it go again, when room is needed\n:4\n";
  CHECK(ParseCommandLine({"__complete", "unp"}, {}).out == expected);
  Environment environment;
  environment.program_path = "/usr/bin/kubectl_complete-locus";
  CHECK(ParseCommandLine({"unp"}, environment).out == expected);
  CHECK(ParseCommandLine({"completion", ""}, environment).out == "bash\nzsh\nfish\n:4\n");
}

TEST_CASE("width comes from COLUMNS, then the terminal, then is 100", "[locusctl]") {
  Environment environment;
  CHECK(StyleFor(environment, "auto").width == 100);
  environment.terminal_columns = 87;
  CHECK(StyleFor(environment, "auto").width == 87);
  environment.columns = "133";
  CHECK(StyleFor(environment, "auto").width == 133);
  for (const char* nonsense : {"wide", "-5", "0", "12x", "999999999999999999999"}) {
    environment.columns = nonsense;
    CHECK(StyleFor(environment, "auto").width == 87);
  }
  environment.columns = "3";
  CHECK(StyleFor(environment, "auto").width == 40);
  environment.columns = "100000";
  CHECK(StyleFor(environment, "auto").width == 1000);
}

TEST_CASE("watch takes inputs once, and ends as it is told", "[locusctl]") {
  Environment environment;
  environment.terminal = true;
  environment.term = "xterm";
  const Invocation plain = Parsed({"watch", "/a", "/b", "/a"}, environment);
  CHECK(plain.verb == Verb::kWatch);
  CHECK(plain.watch.inputs == std::vector<std::string>{"/a", "/b"});
  CHECK(plain.watch.live);
  CHECK(plain.watch.timeout == 5s);
  CHECK_FALSE(plain.watch.until.has_value());
  CHECK_FALSE(plain.watch.at_most.has_value());
  const Invocation bounded = Parsed({"watch", "/a", "--until", "0.5", "--for", "10m", "--timeout", "2s"}, environment);
  CHECK(bounded.watch.until == 0.5);
  CHECK(bounded.watch.at_most == 10min);
  CHECK(bounded.watch.timeout == 2s);
  CHECK_FALSE(Refused({"watch"}).empty());
  CHECK_FALSE(Refused({"watch", "/a", "--until", "1.5"}).empty());
  CHECK_FALSE(Refused({"watch", "/a", "--until", "half"}).empty());
  CHECK(Refused({"watch", "/a", "--for", "10"}).find("--for: '10' is not a duration") != std::string::npos);
  CHECK(Refused({"watch", "/a", "--for", "0s"}).find("--for: write 1ms to 720h") != std::string::npos);
  CHECK_FALSE(Refused({"watch", "/a", "--meta", "nonsense"}).empty());
}

TEST_CASE("only a terminal that can move its cursor gets a picture that does not scroll", "[locusctl]") {
  Environment environment;
  CHECK_FALSE(Parsed({"watch", "/a"}, environment).watch.live);
  environment.terminal = true;
  environment.term = "dumb";
  CHECK_FALSE(Parsed({"watch", "/a"}, environment).watch.live);
  environment.term = "xterm";
  // That is about colour, not about movement.
  environment.no_color = "1";
  CHECK(Parsed({"watch", "/a"}, environment).watch.live);
  CHECK_FALSE(Parsed({"watch", "/a", "--json"}, environment).watch.live);
}

TEST_CASE("spark-conf takes inputs with commas in globs, several times", "[locusctl]") {
  const SparkConfOptions conf = Parsed({"spark-conf",   "--inputs", "/a,/b/{x,y}",     "--inputs=alluxio:///c",
                                        "--front",      "f:1",      "--executors",     "3",
                                        "--policy",     "wait",     "--max-wait",      "45s",
                                        "--block-size", "1MiB",     "--locality-wait", "500ms",
                                        "--folder",     "out",      "--template",      "t.yaml",
                                        "--properties", "p.conf"})
                                    .spark_conf;
  CHECK(conf.spark.inputs == std::vector<std::string>{"/a", "/b/{x,y}", "alluxio:///c"});
  CHECK(conf.spark.front == "f:1");
  CHECK(conf.spark.executors == 3);
  CHECK(conf.spark.policy == "wait");
  CHECK(conf.spark.block_bytes == 1 << 20);
  CHECK(conf.spark.locality_wait == 500ms);
  CHECK(conf.folder == "out");
  CHECK(conf.template_file == "t.yaml");
  CHECK(conf.properties_file == "p.conf");
}

TEST_CASE("a pod network wants a front, the nodes' network does not", "[locusctl]") {
  Environment environment;
  CHECK(Refused({"spark-conf", "--inputs", "/a"}).find("LOCUS_FRONT") != std::string::npos);
  CHECK(Parsed({"spark-conf", "--inputs", "/a", "--front", "none"}).spark_conf.spark.front.empty());
  environment.front = "env:2";
  CHECK(Parsed({"spark-conf", "--inputs", "/a"}, environment).spark_conf.spark.front == "env:2");
  CHECK(Parsed({"spark-conf", "--inputs", "/a", "--front", "f:1"}, environment).spark_conf.spark.front == "f:1");
  const SparkOptions host = Parsed({"spark-conf", "--inputs", "/a", "--host-network"}, environment).spark_conf.spark;
  CHECK(host.network == Network::kHost);
  CHECK(host.front.empty());
  CHECK_FALSE(Refused({"spark-conf", "--inputs", "/a", "--host-network", "--pod-network"}).empty());
}

TEST_CASE("what Spark's settings refuse is a mistake on the command line", "[locusctl]") {
  CHECK_FALSE(Refused({"spark-conf", "--front", "f:1"}).empty());
  CHECK(Refused({"spark-conf", "--inputs", "x", "--front", "f:1"}).find("--inputs") != std::string::npos);
  CHECK(Refused({"spark-conf", "--inputs", "/x", "--front", "f"}).find("--front") != std::string::npos);
  CHECK_FALSE(Refused({"spark-conf", "--inputs", "/x", "--front", "f:1", "--executors", "0"}).empty());
  CHECK(Refused({"spark-conf", "--inputs", "/x", "--front", "f:1", "--locality-wait", "2h"}).find("--locality-wait") !=
        std::string::npos);
}

TEST_CASE("what stands behind two dashes of submit is spark-submit's", "[locusctl]") {
  const SubmitOptions submit = Parsed({"submit", "--inputs", "/a", "--front", "f:1", "--dry-run", "--", "--master",
                                       "k8s://h", "job.py", "--", "--json"})
                                   .submit;
  CHECK(submit.arguments == std::vector<std::string>{"--master", "k8s://h", "job.py", "--", "--json"});
  CHECK(submit.dry_run);
  CHECK(Parsed({"locality", "--", "--odd"}).inputs == std::vector<std::string>{"--odd"});
}

TEST_CASE("load takes where, how often, how fast and where to", "[locusctl]") {
  const Invocation plain = Parsed({"load", "/d"});
  CHECK(plain.verb == Verb::kLoad);
  CHECK(plain.load.uri == "/d");
  CHECK(plain.load.nodes.empty());
  CHECK(plain.load.replicas == 1);
  CHECK(plain.load.bytes_per_second == 0);
  CHECK(plain.load.tier == locus::v1::TIER_UNSPECIFIED);
  CHECK_FALSE(plain.load.pin);
  CHECK_FALSE(plain.load.quiet);
  const Invocation full = Parsed({"load", "alluxio:///d", "--nodes", "a,b", "--replicas", "2", "--rate", "100MB/s",
                                  "--tier", "SSD", "--pin", "--no-progress", "--port", "8920"});
  CHECK(full.load.nodes == std::vector<std::string>{"a", "b"});
  CHECK(full.load.replicas == 2);
  CHECK(full.load.bytes_per_second == 100'000'000);
  CHECK(full.load.tier == locus::v1::TIER_SSD);
  CHECK(full.load.pin);
  CHECK(full.load.quiet);
  CHECK(full.load.port == 8920);
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--replicas", "0"},
                                               {"--rate", "100"},
                                               {"--rate", "0B/s"},
                                               {"--tier", "TAPE"},
                                               {"--port", "0"},
                                               {"--port", "65536"},
                                               {"/e"}}) {
    std::vector<std::string> arguments = {"load", "/d"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    INFO(more.back());
    CHECK_FALSE(Refused(arguments).empty());
  }
  CHECK_FALSE(Refused({"load"}).empty());
}

TEST_CASE("pin, unpin and evict take a path and those that are to do it", "[locusctl]") {
  for (const auto& [verb, word] :
       {std::pair{KeepVerb::kPin, "pin"}, std::pair{KeepVerb::kUnpin, "unpin"}, std::pair{KeepVerb::kEvict, "evict"}}) {
    const Invocation plain = Parsed({word, "/d"});
    CHECK(plain.verb == Verb::kKeep);
    CHECK(plain.keep.verb == verb);
    CHECK(plain.keep.uri == "/d");
    CHECK(plain.keep.nodes.empty());
    CHECK(plain.keep.port == 0);
    const Invocation full = Parsed({word, "/d", "--nodes", "a,b", "--port", "8920", "--json"});
    CHECK(full.keep.nodes == std::vector<std::string>{"a", "b"});
    CHECK(full.keep.port == 8920);
    CHECK(full.format == Format::kJson);
    CHECK_FALSE(Refused({word}).empty());
    CHECK_FALSE(Refused({word, "/d", "/e"}).empty());
    CHECK_FALSE(Refused({word, "/d", "--port", "0"}).empty());
    CHECK_FALSE(Refused({word, "/d", "--meta", "nonsense"}).empty());
  }
}

TEST_CASE("workers are shown once, or again and again", "[locusctl]") {
  CHECK_FALSE(Parsed({"workers"}).top.wanted);
  const Invocation top = Parsed({"workers", "--top", "--interval", "500ms", "--once"});
  CHECK(top.verb == Verb::kWorkers);
  CHECK(top.top.wanted);
  CHECK(top.top.once);
  CHECK(top.top.interval == 500ms);
  CHECK_FALSE(Refused({"workers", "--once"}).empty());
  CHECK_FALSE(Refused({"workers", "--top", "--interval", "1ms"}).empty());
  CHECK_FALSE(Refused({"workers", "--top", "--interval", "soon"}).empty());
}
