import alluxio.conf.AlluxioConfiguration;
import alluxio.util.network.tls.SslContextProvider;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import javax.net.ssl.SSLException;

/**
 * TLS for Alluxio's servers and clients. The open edition has the switch (alluxio.network.tls.enabled) and leaves what
 * is behind it to whoever names a class in alluxio.network.tls.ssl.context.provider.classname: this one.
 *
 * <p>System properties: locus.tls.certificate and locus.tls.key, PEM files. Clients trust that certificate alone.
 */
public final class PemTls implements SslContextProvider {
  @Override
  public void init(AlluxioConfiguration unused) {}

  @Override
  public SslContext getServerSSLContext() {
    SslContextBuilder builder = SslContextBuilder.forServer(file("certificate"), file("key"));
    return build(GrpcSslContexts.configure(builder, SslProvider.JDK));
  }

  @Override
  public SslContext getClientSslContext() {
    SslContextBuilder builder = SslContextBuilder.forClient().trustManager(file("certificate"));
    return build(GrpcSslContexts.configure(builder, SslProvider.JDK));
  }

  @Override
  public SslContext getSelfSignedServerSslContext() {
    return getServerSSLContext();
  }

  @Override
  public SslContext getSelfSignedClientSslContext() {
    return getClientSslContext();
  }

  private static File file(String name) {
    return new File(System.getProperty("locus.tls." + name));
  }

  private static SslContext build(SslContextBuilder builder) {
    try {
      return builder.build();
    } catch (SSLException problem) {
      throw new IllegalStateException(problem);
    }
  }
}
