# Restarts: a changed schedule takes effect, rotated logs are reopened, counts
# survive, no request is lost, each start logs the phases of the schedules, and nothing
# that was opened stays open.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

sub conf {
    my ($dates, $extra) = @_;
    return <<"CONF";
Listen \@http\@
Listen \@full\@
Listen \@pipe\@
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext
    $dates
</TlsGateSchedule>
TlsGate plain
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:\@full\@>
    TlsGateLog /dev/full
</VirtualHost>
<VirtualHost *:\@pipe\@>
    TlsGateLog "|$^X \$DIR/reader.pl \$DIR/logs/pipe.ndjson"
</VirtualHost>
${\ ($extra // '')}
CONF
}

my $announced = 'TlsGateAnnounce 2018-06-01T00:00Z';
my $h = TlsGate::Httpd->new(mpm => 'event', clock => '2018-07-01T00:00:00Z', conf => conf($announced));
$h->write_file('reader.pl', <<'PERL');
$0 = "tlsgate restart reader of $0";
open(my $out, '>>', $ARGV[0]) or die "$ARGV[0]: $!";
syswrite($out, $_) while sysread(STDIN, $_, 65536);
PERL
$h->start;

sub said     { my ($pattern) = @_; my @all = $h->error_log =~ /$pattern/g; return scalar @all }
sub status   { my ($port, $path) = @_; my $r = ask(port => $h->port($port // 'http'), path => $path); return $r ? $r->{status} : 0 }
sub open_fds { return scalar(() = glob("/proc/$h->{pid}/fd/*")) }

# --- a changed schedule ---------------------------------------------------------------
is(status(), 200, 'at first: served');
is(said(qr/tlsgate:notice\] TLSGATE\d{4}: schedule plain: announced, for good/), 1, 'the start says the phase, once');
$h->write_conf(conf("$announced\nTlsGateCutoff 2018-07-01T00:00Z"));
is(status(), 200, 'the changed file alone has no effect');
ok($h->graceful, 'a graceful restart');
ok($h->wait_until(sub { status() == 403 }), 'the changed schedule rejects');
is(said(qr/schedule plain: cutoff, for good/), 1, 'the restart says the phase, once');
$h->write_conf(conf("$announced\nTlsGateTrial 2018-07-01T00:00Z/P1D\nTlsGateStatus trial 503"));
kill HUP => $h->{pid};
ok($h->wait_until(sub { status() == 503 }), 'a hard restart: another schedule');
is(said(qr/schedule plain: trial, next announced at 2018-07-02T00:00:00Z/), 1, 'with its phase and the next change');
$h->write_conf(conf($announced));
$h->stop;
$h->set_clock('2018-07-01T00:00:00Z');
$h->start;
is(status(), 200, 'stopped and started: as at first');
is(said(qr/schedule plain: announced, for good/), 2, 'each start logs it');
is(said(qr/no TlsGateLog for/), 0, 'no message about a missing log');

# --- rotated logs ----------------------------------------------------------------------
my $log = $h->dir . '/logs/tlsgate.ndjson';
my $before = $h->sightings;
cmp_ok($before, '>', 0, 'there are lines from before');
rename($log, "$log.1") or die "rename: $!";
status('http', '/old-name');
ok($h->wait_until(sub { TlsGate::Httpd::slurp("$log.1") =~ m{/old-name} }), 'a renamed log is still written until the restart');
$h->graceful;
ok($h->wait_until(sub { status('http', '/new-name'); TlsGate::Httpd::slurp($log) =~ m{/new-name} }), 'after it, the new one is');
$h->graceful;
status('http', '/appended');
ok($h->wait_until(sub { TlsGate::Httpd::slurp($log) =~ m{/appended} }), 'and again');
like(TlsGate::Httpd::slurp($log), qr{/new-name}, 'an existing log is not emptied');

# --- requests during restarts -----------------------------------------------------------
my $written = $h->sightings;
my ($done, $clients) = ($h->dir . '/done', 3);
# A byte for each request.
sub count_of { my ($name) = @_; return $h->dir . "/count-$name" }
sub counts { return map { -s count_of($_) // 0 } 1 .. $clients }
my @pids = map {
    my $name = $_;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my ($n, $bad) = (0, 0);
        open(my $count, '>', count_of($name)) or POSIX::_exit(2);
        while (!-e $done) {
            $n++;
            $bad++ unless status('http', "/during-$name-$n") == 404;
            syswrite($count, '.');
        }
        POSIX::_exit($bad ? 1 : 0);
    }
    $pid;
} 1 .. $clients;
my @fds;
for my $n (1 .. 5) {
    my @before = counts();
    ok($h->wait_until(sub { my @now = counts(); !grep { $now[$_] <= $before[$_] } 0 .. $#now }), "every client asks before restart $n");
    ok($h->graceful, "graceful restart $n under load");
    push @fds, open_fds();
}
$h->write_file('done', '');
is_deeply([ map { waitpid($_, 0); $? } @pids ], [ (0) x $clients ], 'every request is answered');
my $sent = 0;
$sent += $_ for counts();
cmp_ok($sent, '>=', $clients * 5, "there were $sent");
ok($h->wait_until(sub { $h->sightings - $written >= $sent }), 'every request is logged');
is($h->sightings - $written, $sent, 'and once');
ok($h->wait_until(sub { open_fds() == $fds[1] }), 'after the fifth restart, as many files are open as after the second')
    or diag(join(' ', @fds, open_fds()), "\n", map { readlink($_) . "\n" } glob("/proc/$h->{pid}/fd/*"));

# --- the count of lost lines -----------------------------------------------------------
status('full') for 1 .. 3;
$h->graceful;
status('full') for 1 .. 2;
ok($h->wait_until(sub { said(qr/sightings were lost since the last report, 5 since the start/) }),
    'the count of lost lines continues across a graceful restart');

# --- programs --------------------------------------------------------------------------
my $readers = sub { return grep { TlsGate::Httpd::slurp("/proc/$_/cmdline") =~ m{\Q$h->{dir}\E/reader\.pl} }
    map { m{/proc/(\d+)} } glob('/proc/[0-9]*') };
ok($h->wait_until(sub { $readers->() == 1 }), 'after all these restarts, one program reads');
is(status('pipe', '/piped'), 404, 'requests are answered');
ok($h->wait_until(sub { TlsGate::Httpd::slurp($h->dir . '/logs/pipe.ndjson') =~ m{/piped} }), 'its line arrives');

# --- a connection that is open across a restart ---------------------------------------------
my $kept = connect_to(port => $h->port('http'));
is(ask(on => $kept, path => '/kept-1')->{status}, 404, 'a kept connection');
$h->write_conf(conf("$announced\nTlsGateCutoff 2018-06-02T00:00Z"));
$h->graceful;
my $r = ask(on => $kept, path => '/kept-2');
ok(!$r || $r->{status} == 404 || $r->{status} == 403, 'after a restart, it ends or is answered: ' . ($r ? $r->{status} // '?' : 'ended'));
ok($h->wait_until(sub { status() == 403 }), 'new ones are rejected');

# AH00488: a message of event about every piped log that a restart ended.
$h->finish_ok(qr/AH00488: long lost child/, qr/TlsGateLog ".*": sightings are being lost/, qr/TlsGateLog: \d+ sightings were lost/);
ok($h->wait_until(sub { !$readers->() }), 'stopped: no program is left');
done_testing;
