# A server of one process that is never recycled, handshakes in bulk against it (see
# t/clients/handshakes.c), and how much private memory it has.
package Handshakes;

use strict;
use warnings;

use Exporter 'import';
use TlsGate::Httpd;

our @EXPORT_OK = qw(server shake memory);

my $THREADS = 8;

# Compiled once; without pkg-config, OpenSSL is expected where compilers look.
sub _program {
    my $source  = 't/clients/handshakes.c';
    my $program = TlsGate::Httpd::abs_dir(($ENV{BUILD} || 'build') . '/test') . '/handshakes';
    return $program if -x $program && -M $program <= -M $source;
    my $flags = qx(pkg-config --cflags --libs libssl libcrypto 2>/dev/null) || '-lssl -lcrypto';
    chomp $flags;
    my $cc = $ENV{CC} || 'cc';
    system("$cc -std=gnu11 -O2 -Wall -Wextra -o $program.$$ $source $flags -pthread") == 0 or die "handshakes: $cc failed\n";
    rename("$program.$$", $program) or die "$program: $!\n";
    return $program;
}

# Refuses TLSv1 by a date that is past, and writes sightings. Options: those of TlsGate::Httpd.
sub server {
    my (%o) = @_;
    # Clients connect faster than httpd closes earlier connections.
    my @busy = (tolerates => [qr/AH00286: server reached MaxRequestWorkers/]);
    return TlsGate::Httpd->new(mpm => 'worker', @busy, conf => <<'CONF', %o)->start;
Listen 127.0.0.1:@tls@
StartServers 1
ServerLimit 1
ThreadLimit 8
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
MaxConnectionsPerChild 0
# The same session cache, and as many entries in it, from the first batch on.
SSLSessionCache none
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF
}

# Runs that many handshakes of the mix. Returns the output, and 1 if all ended as they should.
sub shake {
    my ($httpd, $n) = @_;
    my $text = qx(${\ _program()} @{[$httpd->port]} $n $THREADS 2>&1);
    my $ok   = $? == 0;
    chomp $text;
    return ($text, $ok);
}

# The one child, and its private memory in KiB.
sub memory {
    my ($httpd) = @_;
    my @children;
    $httpd->wait_until(sub { @children = split(' ', TlsGate::Httpd::slurp("/proc/$httpd->{pid}/task/$httpd->{pid}/children")) });
    my ($kib) = map { TlsGate::Httpd::slurp("/proc/$_/status") =~ /^RssAnon:\s*(\d+) kB/m } @children;
    return { children => "@children", kib => $kib };
}

1;
