import alluxio.AlluxioURI;
import alluxio.ClientContext;
import alluxio.cli.fs.FileSystemShell;
import alluxio.client.block.BlockMasterClient;
import alluxio.client.block.options.GetWorkerReportOptions;
import alluxio.client.block.stream.BlockWorkerClient;
import alluxio.client.file.FileInStream;
import alluxio.client.file.FileOutStream;
import alluxio.client.file.FileSystem;
import alluxio.client.file.FileSystemContext;
import alluxio.client.file.URIStatus;
import alluxio.conf.Configuration;
import alluxio.conf.InstancedConfiguration;
import alluxio.conf.PropertyKey;
import alluxio.conf.Source;
import alluxio.grpc.CacheRequest;
import alluxio.grpc.CreateFilePOptions;
import alluxio.grpc.DeletePOptions;
import alluxio.grpc.FreePOptions;
import alluxio.grpc.GetStatusPOptions;
import alluxio.grpc.ListStatusPOptions;
import alluxio.grpc.LoadMetadataPType;
import alluxio.grpc.MountPOptions;
import alluxio.grpc.MoveBlockRequest;
import alluxio.grpc.OpenFilePOptions;
import alluxio.grpc.ReadPType;
import alluxio.grpc.RemoveBlockRequest;
import alluxio.grpc.SetAttributePOptions;
import alluxio.grpc.WritePType;
import alluxio.network.TieredIdentityFactory;
import alluxio.resource.CloseableResource;
import alluxio.security.authorization.Mode;
import alluxio.wire.BlockLocation;
import alluxio.wire.FileBlockInfo;
import alluxio.wire.WorkerInfo;
import alluxio.wire.WorkerNetAddress;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Alluxio's own client behind a pipe, so that a test pays for one JVM and not for one a command.
 *
 * <p>A request is one line of JSON on standard input: {"op": NAME, ...}. Its answer is one line on standard output:
 * {"ok": VALUE}, or {"error": TEXT, "kind": EXCEPTION}. One at a time, in order. Ends at the end of its input. Which
 * masters there are stands in alluxio-site.properties on the class path.
 *
 * <p>"host": be a client on that worker's node. "user": be that user; absent: the one of this process.
 */
public final class AlluxioDriver {
  private static final ObjectMapper JSON = new ObjectMapper();
  // Clients of one run: a few hosts and a few users.
  private static final Map<String, FileSystemContext> CONTEXTS = new HashMap<>();
  // Those of `cat`, by host: the shell takes a while to look for its commands.
  private static final Map<String, List<FileSystemShell>> SHELLS = new HashMap<>();
  private static final int CHUNK = 1 << 16;
  private static final byte[] NOISE = new byte[CHUNK];

  private interface Operation {
    Object run(JsonNode request) throws Exception;
  }

  private static final Map<String, Operation> OPERATIONS = new HashMap<>();

  static {
    OPERATIONS.put("write", AlluxioDriver::write);
    OPERATIONS.put("read", AlluxioDriver::read);
    OPERATIONS.put("digest", AlluxioDriver::digest);
    OPERATIONS.put("cat", AlluxioDriver::cat);
    OPERATIONS.put("exists", AlluxioDriver::exists);
    OPERATIONS.put("status", AlluxioDriver::status);
    OPERATIONS.put("list", AlluxioDriver::list);
    OPERATIONS.put("time_list", AlluxioDriver::timeList);
    OPERATIONS.put("delete", AlluxioDriver::delete);
    OPERATIONS.put("rename", AlluxioDriver::rename);
    OPERATIONS.put("free", AlluxioDriver::free);
    OPERATIONS.put("chmod", AlluxioDriver::chmod);
    OPERATIONS.put("mount", AlluxioDriver::mount);
    OPERATIONS.put("unmount", AlluxioDriver::unmount);
    OPERATIONS.put("move_block", AlluxioDriver::moveBlock);
    OPERATIONS.put("remove_block", AlluxioDriver::removeBlock);
    OPERATIONS.put("cache_block", AlluxioDriver::cacheBlock);
    OPERATIONS.put("workers", AlluxioDriver::workers);
    OPERATIONS.put("leader", AlluxioDriver::leader);
  }

  private AlluxioDriver() {}

  /** Runs until standard input ends. */
  public static void main(String[] unused) throws IOException {
    PrintStream answers = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, "UTF-8");
    // Whatever a library prints must not stand between answers.
    System.setOut(System.err);
    new Random(1).nextBytes(NOISE);
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(JSON.writeValueAsString(answer(line)));
    }
    // Clients have threads that would outlive this one.
    Runtime.getRuntime().halt(0);
  }

  private static ObjectNode answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      JsonNode request = JSON.readTree(line);
      Operation operation = OPERATIONS.get(request.path("op").asText());
      if (operation == null) {
        throw new IllegalArgumentException("no such operation: " + request.path("op"));
      }
      answer.set("ok", JSON.valueToTree(operation.run(request)));
    } catch (Exception problem) {
      problem.printStackTrace();
      answer.put("error", String.valueOf(problem.getMessage()));
      answer.put("kind", problem.getClass().getSimpleName());
    }
    return answer;
  }

  // --- who asks ---

  private static FileSystemContext context(JsonNode request) throws Exception {
    String host = request.path("host").asText("");
    String user = request.path("user").asText("");
    // The client keeps its own place in one variable for the whole process; here it changes from call to call.
    Field place = TieredIdentityFactory.class.getDeclaredField("sInstance");
    place.setAccessible(true);
    String node = host.isEmpty() ? "nowhere" : host;
    place.set(null, TieredIdentityFactory.fromString("node=" + node, Configuration.global()));
    String key = host + "|" + user;
    if (!CONTEXTS.containsKey(key)) {
      InstancedConfiguration configuration = Configuration.copyGlobal();
      if (host.isEmpty()) {
        String spread = "alluxio.client.block.policy.RoundRobinPolicy";
        configuration.set(PropertyKey.USER_BLOCK_WRITE_LOCATION_POLICY, spread, Source.RUNTIME);
      } else {
        configuration.set(PropertyKey.USER_HOSTNAME, host, Source.RUNTIME);
      }
      if (!user.isEmpty()) {
        configuration.set(PropertyKey.SECURITY_LOGIN_USERNAME, user, Source.RUNTIME);
      }
      CONTEXTS.put(key, FileSystemContext.create(ClientContext.create(configuration)));
    }
    return CONTEXTS.get(key);
  }

  private static FileSystem files(JsonNode request) throws Exception {
    return FileSystem.Factory.create(context(request));
  }

  private static AlluxioURI path(JsonNode request) {
    return new AlluxioURI(request.get("path").asText());
  }

  // --- files ---

  /** path, size, block, type (MUST_CACHE, CACHE_THROUGH, THROUGH ...), tier (0: the fastest); replaces a file. */
  private static Object write(JsonNode request) throws Exception {
    CreateFilePOptions options =
        CreateFilePOptions.newBuilder()
            .setBlockSizeBytes(request.get("block").asLong())
            .setWriteType(WritePType.valueOf(request.path("type").asText("MUST_CACHE")))
            .setWriteTier(request.path("tier").asInt(0))
            .setRecursive(true)
            .setOverwrite(true)
            .build();
    try (FileOutStream out = files(request).createFile(path(request), options)) {
      for (long left = request.get("size").asLong(); left > 0; left -= CHUNK) {
        out.write(NOISE, 0, (int) Math.min(CHUNK, left));
      }
    }
    return true;
  }

  /** path, type (CACHE, NO_CACHE, CACHE_PROMOTE); the number of bytes that came. */
  private static Object read(JsonNode request) throws Exception {
    OpenFilePOptions options =
        OpenFilePOptions.newBuilder().setReadType(ReadPType.valueOf(request.path("type").asText("CACHE"))).build();
    byte[] chunk = new byte[CHUNK];
    long bytes = 0;
    try (FileInStream in = files(request).openFile(path(request), options)) {
      for (int got = in.read(chunk); got > 0; got = in.read(chunk)) {
        bytes += got;
      }
    }
    return bytes;
  }

  /** path, offset, length (absent: to the end); SHA-256 of these bytes in hexadecimal digits. */
  private static Object digest(JsonNode request) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] chunk = new byte[CHUNK];
    try (FileInStream in = files(request).openFile(path(request))) {
      in.seek(request.path("offset").asLong(0));
      long left = request.path("length").asLong(Long.MAX_VALUE);
      while (left > 0) {
        int got = in.read(chunk, 0, (int) Math.min(CHUNK, left));
        if (got <= 0) {
          break;
        }
        digest.update(chunk, 0, got);
        left -= got;
      }
    }
    return String.format("%064x", new java.math.BigInteger(1, digest.digest()));
  }

  /**
   * paths, times, readers; the shell's `fs cat` of so many of the paths, round and round, by so many readers at once:
   * each takes the next one when it is done. The seconds that it took, and the bytes that were printed (to nowhere).
   */
  private static Object cat(JsonNode request) throws Exception {
    int times = request.get("times").asInt();
    int readers = request.get("readers").asInt();
    List<FileSystemShell> shells = shells(request, readers);
    AtomicInteger next = new AtomicInteger();
    Counter counter = new Counter();
    PrintStream log = System.out;
    ExecutorService threads = Executors.newFixedThreadPool(readers);
    System.setOut(new PrintStream(counter));
    try {
      List<Future<?>> ends = new ArrayList<>();
      long began = System.nanoTime();
      for (FileSystemShell shell : shells) {
        ends.add(threads.submit(() -> catUntil(shell, request.get("paths"), next, times)));
      }
      for (Future<?> end : ends) {
        end.get();
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      return JSON.createObjectNode().put("seconds", seconds).put("bytes", counter.bytes);
    } finally {
      System.setOut(log);
      threads.shutdown();
    }
  }

  private static Object catUntil(FileSystemShell shell, JsonNode paths, AtomicInteger next, int times) {
    for (int number = next.getAndIncrement(); number < times; number = next.getAndIncrement()) {
      String path = paths.get(number % paths.size()).asText();
      int status = shell.run("cat", path);
      if (status != 0) {
        throw new IllegalStateException("fs cat " + path + " ended with " + status + "; the log says why");
      }
    }
    return null;
  }

  private static List<FileSystemShell> shells(JsonNode request, int wanted) throws Exception {
    // Also sets this process' place.
    FileSystemContext context = context(request);
    List<FileSystemShell> found = SHELLS.computeIfAbsent(request.path("host").asText(""), host -> new ArrayList<>());
    while (found.size() < wanted) {
      found.add(new FileSystemShell(context.getClusterConf()));
    }
    return found.subList(0, wanted);
  }

  /** Standard output whose bytes nobody wants. PrintStream lets one thread in at a time. */
  private static final class Counter extends OutputStream {
    private long bytes;

    @Override
    public void write(int one) {
      bytes++;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      bytes += length;
    }
  }

  /** path. */
  private static Object exists(JsonNode request) throws Exception {
    return files(request).exists(path(request));
  }

  /** path; nothing is loaded from the under-store. */
  private static Object status(JsonNode request) throws Exception {
    GetStatusPOptions options = GetStatusPOptions.newBuilder().setLoadMetadataType(LoadMetadataPType.NEVER).build();
    return tell(files(request).getStatus(path(request), options));
  }

  /** path, load (NEVER, ONCE, ALWAYS), recursive; loads names from the under-store unless NEVER. */
  private static Object list(JsonNode request) throws Exception {
    ListStatusPOptions options =
        ListStatusPOptions.newBuilder()
            .setLoadMetadataType(LoadMetadataPType.valueOf(request.path("load").asText("NEVER")))
            .setRecursive(request.path("recursive").asBoolean(false))
            .build();
    ArrayNode found = JSON.createArrayNode();
    for (URIStatus one : files(request).listStatus(path(request), options)) {
      found.add(tell(one));
    }
    return found;
  }

  /** path, times; seconds of each listing, as long as a client waits for all of it. */
  private static Object timeList(JsonNode request) throws Exception {
    ListStatusPOptions options =
        ListStatusPOptions.newBuilder().setLoadMetadataType(LoadMetadataPType.NEVER).build();
    FileSystem files = files(request);
    ArrayNode seconds = JSON.createArrayNode();
    for (int left = request.get("times").asInt(); left > 0; left--) {
      long began = System.nanoTime();
      int found = files.listStatus(path(request), options).size();
      seconds.add((System.nanoTime() - began) / 1e9);
      if (found == 0) {
        throw new IllegalStateException("nothing lies at " + path(request));
      }
    }
    return seconds;
  }

  private static ObjectNode tell(URIStatus status) {
    ObjectNode told = JSON.createObjectNode();
    told.put("path", status.getPath());
    told.put("folder", status.isFolder());
    told.put("completed", status.isCompleted());
    told.put("length", status.getLength());
    told.put("block_size", status.getBlockSizeBytes());
    told.put("file_id", status.getFileId());
    told.put("ttl", status.getTtl());
    told.put("ttl_action", status.getTtlAction().name());
    told.put("persistence", status.getPersistenceState());
    told.put("owner", status.getOwner());
    told.set("block_ids", JSON.valueToTree(status.getBlockIds()));
    ArrayNode blocks = told.putArray("blocks");
    for (FileBlockInfo info : status.getFileBlockInfos()) {
      ObjectNode block = blocks.addObject();
      block.put("id", info.getBlockInfo().getBlockId());
      block.put("length", info.getBlockInfo().getLength());
      ArrayNode locations = block.putArray("locations");
      for (BlockLocation location : info.getBlockInfo().getLocations()) {
        ObjectNode one = locations.addObject();
        one.put("host", location.getWorkerAddress().getHost());
        one.put("data_port", location.getWorkerAddress().getDataPort());
        one.put("tier", location.getTierAlias());
      }
    }
    return told;
  }

  /** path; a folder with all in it. */
  private static Object delete(JsonNode request) throws Exception {
    files(request).delete(path(request), DeletePOptions.newBuilder().setRecursive(true).build());
    return true;
  }

  /** path, to. */
  private static Object rename(JsonNode request) throws Exception {
    files(request).rename(path(request), new AlluxioURI(request.get("to").asText()));
    return true;
  }

  /** path; a folder with all in it. */
  private static Object free(JsonNode request) throws Exception {
    files(request).free(path(request), FreePOptions.newBuilder().setRecursive(true).setForced(true).build());
    return true;
  }

  /** path, mode as 0 to 511. */
  private static Object chmod(JsonNode request) throws Exception {
    Mode mode = new Mode((short) request.get("mode").asInt());
    files(request).setAttribute(path(request), SetAttributePOptions.newBuilder().setMode(mode.toProto()).build());
    return true;
  }

  // --- the cluster ---

  /** path, ufs. */
  private static Object mount(JsonNode request) throws Exception {
    AlluxioURI ufs = new AlluxioURI(request.get("ufs").asText());
    files(request).mount(path(request), ufs, MountPOptions.getDefaultInstance());
    return true;
  }

  /** path. */
  private static Object unmount(JsonNode request) throws Exception {
    files(request).unmount(path(request));
    return true;
  }

  /** block, worker (its host), medium (MEM, SSD). */
  private static Object moveBlock(JsonNode request) throws Exception {
    MoveBlockRequest.Builder move = MoveBlockRequest.newBuilder().setBlockId(request.get("block").asLong());
    try (CloseableResource<BlockWorkerClient> worker = worker(request)) {
      worker.get().moveBlock(move.setMediumType(request.get("medium").asText()).build());
    }
    return true;
  }

  /** block, worker (its host). */
  private static Object removeBlock(JsonNode request) throws Exception {
    try (CloseableResource<BlockWorkerClient> worker = worker(request)) {
      worker.get().removeBlock(RemoveBlockRequest.newBuilder().setBlockId(request.get("block").asLong()).build());
    }
    return true;
  }

  /** block, length, worker (its host), which is to read it from the under-store. */
  private static Object cacheBlock(JsonNode request) throws Exception {
    try (CloseableResource<BlockWorkerClient> worker = worker(request)) {
      worker.get().cache(
          CacheRequest.newBuilder()
              .setBlockId(request.get("block").asLong())
              .setLength(request.get("length").asLong())
              .build());
    }
    return true;
  }

  private static CloseableResource<BlockWorkerClient> worker(JsonNode request) throws Exception {
    FileSystemContext context = context(request);
    String host = request.get("worker").asText();
    for (WorkerInfo worker : report(context)) {
      if (worker.getAddress().getHost().equals(host)) {
        return context.acquireBlockWorkerClient(worker.getAddress());
      }
    }
    throw new IllegalArgumentException("the master knows no worker " + host);
  }

  /** What the leader knows of its workers at this moment, past its cached list; lost ones too. */
  private static Object workers(JsonNode request) throws Exception {
    ArrayNode found = JSON.createArrayNode();
    for (WorkerInfo worker : report(context(request))) {
      WorkerNetAddress address = worker.getAddress();
      ObjectNode one = found.addObject();
      one.put("host", address.getHost());
      one.put("data_port", address.getDataPort());
      one.put("state", worker.getState());
      one.put("silence_seconds", worker.getLastContactSec());
    }
    return found;
  }

  private static List<WorkerInfo> report(FileSystemContext context) throws IOException {
    try (CloseableResource<BlockMasterClient> master = context.acquireBlockMasterClientResource()) {
      return master.get().getWorkerReport(GetWorkerReportOptions.defaults());
    }
  }

  /** host:port of the master that leads. */
  private static Object leader(JsonNode request) throws Exception {
    java.net.InetSocketAddress leader = context(request).getMasterAddress();
    return leader.getHostString() + ":" + leader.getPort();
  }
}
