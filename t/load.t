# Under load across Refuse: HTTP/1 and HTTP/2 over modern TLS, with legacy clients in
# parallel. No modern request fails, no legacy one is served from that second on, and the
# log accounts for every one of them.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my ($h2load) = grep { -x } map {"$_/h2load"} split(/:/, $ENV{PATH});
plan skip_all => 'h2load is not installed' unless $h2load;

# The amount of each that must have happened on either side of Refuse before the load may end.
my ($SERVED, $REFUSED, $ROUNDS) = (10, 25, 2);

my $conf = <<'CONF';
Listen 127.0.0.1:@tls@
Protocols h2 http/1.1
MaxKeepAliveRequests 0
Timeout 20000
KeepAliveTimeout 20000
# Enough of everything from the start: httpd closes kept connections when it runs short of
# threads, or ends a spare process.
StartServers 2
ServerLimit 2
ThreadLimit 40
ThreadsPerChild 40
MaxRequestWorkers 80
MinSpareThreads 1
MaxSpareThreads 80
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF

my $h;
sub note_down { my ($name, $what) = @_; open(my $f, '>>', $h->dir . "/run/$name.load") or die "$name: $!"; syswrite($f, $what) }
sub noted { my ($name) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/$name.load") }
sub is_over { return -e $h->dir . '/run/over' }

# One letter for the result of a request: served, rejected, Refused, or an Error.
sub letter {
    my ($r) = @_;
    return 's' if $r && ($r->{status} // 0) == 200;
    return 'j' if $r && ($r->{status} // 0) == 426;
    return $SSL_ERROR =~ /protocol version/i ? 'R' : 'E';
}

# The clients: each continues until it is told to stop.
my %clients = (
    modern_h1  => sub { note_down('modern_h1', run_h2load('--h1')) },
    modern_h2  => sub { note_down('modern_h2', run_h2load('-m', 4)) },
    # A connection for each request.
    legacy_new => sub { note_down('legacy_new', letter(ask(port => $h->port, tls => 'TLSv1'))) },
    # As many requests as one connection allows.
    legacy_kept => sub {
        my $s = connect_to(port => $h->port, tls => 'TLSv1.1') or return note_down('legacy_kept', letter());
        while (!is_over()) {
            my $letter = letter(ask(on => $s));
            note_down('legacy_kept', $letter);
            return if $letter ne 's';
        }
    },
    # Hellos and nothing more, from many addresses.
    legacy_raw => sub {
        my $told = told(shake(port => $h->port, from => '127.0.1.' . (1 + int rand 250), legacy => 'TLSv1'));
        note_down('legacy_raw', $told eq 'alert 70' ? 'R' : $told eq 'TLSv1' ? 's' : 'E');
    },
);
my @REQUESTING = qw(legacy_new legacy_kept);
my @LEGACY     = (@REQUESTING, 'legacy_raw');

# "SUCCEEDED of TOTAL, 2xx N", a line for each run.
sub run_h2load {
    my $url  = 'https://127.0.0.1:' . $h->port . '/index.html';
    my $text = qx(timeout 60 $h2load @_ -n 300 -c 6 -t 1 $url 2>&1);
    my ($total, $succeeded) = $text =~ /^requests: (\d+) total, .* (\d+) succeeded, 0 failed, 0 errored, 0 timeout/m or return "bad: $text\n";
    my ($ok) = $text =~ /^status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx/m or return "bad: $text\n";
    return "$succeeded of $total, 2xx $ok\n";
}

sub start_client {
    my ($name) = @_;
    my $pid = fork() // die "fork: $!";
    return $pid if $pid;
    $SIG{PIPE} = 'IGNORE';
    srand($$);
    eval { $clients{$name}->() while !is_over(); 1 } or note_down($name, 'E');
    POSIX::_exit(0);
}

sub count { my ($name, $letter) = @_; my $all = noted($name); return scalar(() = $all =~ /$letter/g) }
sub rounds { my ($name) = @_; return count($name, "\n") }

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        # mod_http2 logs this when a client leaves before it has closed a stream.
        $h = TlsGate::Httpd->new(mpm => $mpm, clock => '2018-10-31T23:59:00Z', modules => ['http2'], conf => $conf,
            tolerates => [qr/http2:warn\] h2_stream\(\S+,CLEANUP\): /])->start;
        my @pids = map { start_client($_) } sort keys %clients;
        ok($h->wait_until(sub { !(grep { count($_, 's') < $SERVED } @LEGACY) && !grep { rounds($_) < $ROUNDS } qw(modern_h1 modern_h2) }),
            "$mpm: all are served");
        $h->set_clock('2018-10-31T23:59:59Z');
        my %before = map { ($_ => rounds($_)) } qw(modern_h1 modern_h2);
        ok($h->wait_until(sub { !(grep { count($_, 'R') < $REFUSED } @LEGACY) && !grep { rounds($_) < $before{$_} + $ROUNDS } keys %before }),
            "$mpm: then the legacy ones are refused, and the modern ones continue");
        $h->write_file('run/over', '');
        waitpid($_, 0) for @pids;

        for my $name (qw(modern_h1 modern_h2)) {
            my @bad = grep { !/^(\d+) of \1, 2xx \1$/ } split(/\n/, noted($name));
            is_deeply(\@bad, [], "$mpm: $name: " . rounds($name) . ' runs without a failure, only 200');
        }
        # A request on an older connection may be rejected once; none is served again.
        like(noted($_), qr/^s+j?R+$/, "$mpm: $_: served until Refuse, never after: " . count($_, 's') . ' and ' . count($_, 'R')) for @LEGACY;

        my ($served, $rejected, $refused) = map { my $l = $_; my $n = 0; $n += count($_, $l) for $l eq 'R' ? @LEGACY : @REQUESTING; $n } qw(s j R);
        my (%lines, $left_out);
        my $account = sub {
            my @all = $h->sightings;
            %lines = (warn => 0, reject => 0, refuse => 0);
            $lines{ $_->{tlsgate}{verdict} }++ for @all;
            ($left_out) = reverse(0, $h->error_log =~ /were not recorded since the last report, (\d+) since the start/g);
            return $lines{warn} + $lines{reject} == $served + $rejected && $lines{refuse} + $left_out == $refused;
        };
        ok($h->wait_until($account), "$mpm: every one is accounted for")
            or diag("served $served, rejected $rejected, refused $refused, left out $left_out: ", explain(\%lines));
        is($lines{warn}, $served, "$mpm: $served lines about requests that were served");
        is($lines{reject}, $rejected, "$mpm: $rejected about requests that were rejected");
        is($lines{refuse} + $left_out, $refused, "$mpm: $lines{refuse} refused handshakes recorded and $left_out counted are all $refused");
        $h->finish_ok;
    }
}
done_testing;
