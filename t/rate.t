# Failed handshakes are recorded up to 20 per second from one source and 100 in all, in
# all processes together and across graceful restarts. The rest is counted, and the parent
# logs their number. An IPv4 address is one source, also if it
# arrives mapped into IPv6.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::IP;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(answer dial hello told);

my ($PER_SOURCE, $IN_ALL) = (20, 100);

my $h = TlsGate::Httpd->new(mpm => 'prefork', clock => '2018-11-01T00:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
StartServers 10
MinSpareServers 10
MaxSpareServers 16
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName logged.example.com
    SSLEngine on
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
    <Location /status>
        SetHandler tlsgate-status
        Require all granted
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName unlogged.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF

# That many failed handshakes from one source, all within that second of the server's clock,
# which is stopped. Returns how many ended with our alert.
sub failures {
    my ($n, $second, $source, $host) = @_;
    $h->stop_clock("2018-11-01T00:00:${second}Z");
    return scalar grep { at_once(1, $source, $host) } 1 .. $n;
}

# Connections that are all open before the first of them sends a hello, so that each is in
# its own process.
sub at_once {
    my ($n, $source, $host) = @_;
    my @open = map { $source eq '::1' ? dial_ipv6() : dial(port => $h->port, from => "127.0.1.$source") } 1 .. $n;
    syswrite($_, hello(legacy => 'TLSv1', sni => $host // 'logged.example.com')) for @open;
    return scalar grep { told(answer($_)) eq 'alert 70' } @open;
}

sub dial_ipv6 { return IO::Socket::IP->new(PeerHost => '::1', PeerPort => $h->port, Timeout => 120) || die "no connection: $!\n" }

# The number of lines for each source; waits until there are that many in all.
sub lines {
    my ($n) = @_;
    my %lines;
    $lines{ $_->{client}{ip} =~ s/.*\.//r }++ for $h->wait_sightings($n);
    return \%lines;
}

# --- within one second --------------------------------------------------------------------
is(failures(30, 10, 1), 30, '30 from one source: every one gets the alert');
is_deeply(lines(20), { 1 => 20 }, "and $PER_SOURCE of them a line");
is(failures(25, 10, 2), 25, '25 from another');
is_deeply(lines(40), { 1 => 20, 2 => 20 }, 'another source has its own count');
is(failures(20, 10, $_), 20, "20 from source $_") for 3, 4;
is(failures(15, 10, 5), 15, '15 from a fifth');
is_deeply(lines(95), { 1 => 20, 2 => 20, 3 => 20, 4 => 20, 5 => 15 }, 'nothing is left out below either limit');
is(failures(10, 10, 6), 10, 'ten from a sixth');
is_deeply(lines($IN_ALL), { 1 => 20, 2 => 20, 3 => 20, 4 => 20, 5 => 15, 6 => 5 }, "at most $IN_ALL in all");
my $left_out = 10 + 5 + 5;

# --- the next second, and several processes at once ---------------------------------------
is(failures(1, 11, $_), 1, "the next second, source $_") for 1, 6;
is_deeply(lines(102), { 1 => 21, 2 => 20, 3 => 20, 4 => 20, 5 => 15, 6 => 6 }, 'recorded again');
$h->stop_clock('2018-11-01T00:00:12Z');
is(at_once(8, 7), 8, 'eight processes at once') for 1 .. 4;
is(lines(122)->{7}, $PER_SOURCE, 'they share the count of the source');
$left_out += 12;

# --- a handshake without a log does not count ---------------------------------------------
is(failures(25, 13, 8, 'unlogged.example.com'), 25, 'a host without TlsGateLog');
is(failures(1, 13, 8), 1, 'in the same second, a host that has it');
is(lines(123)->{8}, 1, 'has its line');

# --- graceful restarts --------------------------------------------------------------------
is(failures(22, 14, 9), 22, '22 from one source');
$left_out += 2;
ok($h->graceful, 'a graceful restart');
is(failures(3, 14, 9), 3, 'three more in the same second');
$left_out += 3;
is(lines(143)->{9}, $PER_SOURCE, 'the count is kept');
is(failures(1, 15, 9), 1, 'another second');
is(lines(144)->{9}, $PER_SOURCE + 1, 'recorded again');

# --- the report ---------------------------------------------------------------------------
$h->set_clock('2018-11-01T00:00:16Z');
sub reports { return map { [ /tlsgate:notice\] TLSGATE\d{4}: TlsGateLog: (\d+) failed handshakes were not recorded since the last report, (\d+) since the start/ ] }
    grep {/failed handshakes were not recorded/} split(/\n/, $h->error_log) }
sub total { my $sum = 0; $sum += $_->[0] for reports(); return $sum }
$h->wait_until(sub { total() >= $left_out });
is(total(), $left_out, 'the error log has the number of those left out, at level notice');
is(((reports())[-1] || [])->[1], $left_out, 'and the number since the start, restarts included');
is(scalar(() = $h->sightings), 144, 'no further line follows');

# --- the page has the same number, and no warning of it: whoever wants can cause one
sub status { my ($format) = @_; return ask(port => $h->port, tls => 'TLSv1.3', sni => 'logged.example.com', path => "/status?format=$format") }
my $status = json_of(status('json'));
is($status->{failed_handshakes_left_out}, $left_out, 'tlsgate-status has it in JSON');
is(scalar(grep { $_->{code} =~ /0007/ || $_->{text} =~ /handshake/ } @{ $status->{warnings} }), 0, '... and not as a warning');
like(status('text')->{body}, qr/^Left out or lost\n(?:.+\n)*Failed handshakes that were too many to be recorded: $left_out$/m, '... for people');
like(status('prometheus')->{body}, qr/^tlsgate_failed_handshakes_left_out_total $left_out$/m, '... and for monitoring');
$h->finish_ok;

# --- handshakes that take longer than a second, and fail together ----------------------------
# Each has sent a hello and got its answer, in four different seconds; its next message is invalid.
$h = TlsGate::Httpd->new(mpm => 'event', clock => '2018-07-01T00:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
StartServers    1
ServerLimit     1
ThreadLimit     96
ThreadsPerChild 96
MaxRequestWorkers 96
MinSpareThreads 1
MaxSpareThreads 96
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-12-01T00:00Z
</TlsGateSchedule>
SSLEngine on
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
CONF
my @waiting;
for my $second (10 .. 13) {
    $h->stop_clock("2018-07-01T00:00:${second}Z");
    my @open = map { dial(port => $h->port, from => '127.0.1.1') } 1 .. $PER_SOURCE;
    syswrite($_, hello(legacy => 'TLSv1')) for @open;
    is(scalar(grep { told(answer($_)) eq 'TLSv1' } @open), $PER_SOURCE, "second $second: $PER_SOURCE are answered");
    push @waiting, @open;
}
$h->stop_clock('2018-07-01T00:00:20Z');
syswrite($_, "\x15\x03\x01\x00\x01\x00") for @waiting; # an incomplete alert
sub rest_of { my ($socket) = @_; my $bytes = ''; 1 while sysread($socket, $bytes, 4096, length $bytes); return $bytes }
is(scalar(grep { rest_of($_) =~ /\x15\x03\x01\x00\x02\x02.\z/s } @waiting), 4 * $PER_SOURCE, 'then all fail in one second, with an alert each');
$h->wait_until(sub { $h->error_log =~ /failed handshakes were not recorded/ });
is_deeply(lines($PER_SOURCE), { 1 => $PER_SOURCE }, 'the second in which a line is written counts');
is(total(), 3 * $PER_SOURCE, '... and the others were counted');
$h->finish_ok;

# --- IPv4 mapped into IPv6 ----------------------------------------------------
SKIP: {
    my $v6 = IO::Socket::IP->new(LocalHost => '::1', Listen => 1) && (TlsGate::Httpd->new(conf => '')->run('-V'))[1] =~ /IPv4-mapped addresses enabled/;
    skip 'no IPv6 here, or no IPv4 mapped into it', 1 unless $v6;
    $h = TlsGate::Httpd->new(clock => '2018-11-01T00:00:00Z', conf => <<'CONF')->start;
Listen [::]:@tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
SSLEngine on
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
CONF
    is(failures(25, 10, $_), 25, "25 from source $_") for 1, 2, '::1';
    is_deeply(lines(60), { 1 => 20, 2 => 20, '::1' => 20 }, 'each has its own count');
    is(failures(1, 11, 1), 1, 'the next second');
    is_deeply(lines(61), { 1 => 21, 2 => 20, '::1' => 20 }, 'and there are no other lines');
    $h->finish_ok;
}
done_testing;
