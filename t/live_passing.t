# A state file that cannot be read for a temporary reason outside of the file: it is
# checked again a second later, without a change of the file, and is in force then.
use strict;
use warnings;
use lib 't/lib';
use Errno;
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Client qw(ask);
use TlsGate::Faults;
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

my $END = '2099-01-01T00:00:00Z';

# The call that fails, its object, the error, and the message in the error log.
my $TRIED = qr/it is tried again every second/;
my @faults = (
    (map { ['open', 'state.json', $_] } qw(EMFILE ENFILE EINTR EIO ENOMEM ESTALE EACCES)),
    (map { ['read', 'state.json', $_] } qw(EIO ENOMEM ESTALE)),
);

my $h = TlsGate::Httpd->new(mpm => 'event', conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
CONF
my $faults = TlsGate::Faults->new($h);
my $state = TlsGate::State->new($h, sub { old() });

sub old { my $r = ask(port => $h->port, tls => 'TLSv1'); return $r ? $r->{status} // 'half' : 'none' }
sub errors { my ($log) = ($h->error_log); return scalar(() = $log =~ /\[tlsgate:error\]/g) }
sub number { my ($name) = @_; return Errno->can($name)->() }
sub words { my ($name) = @_; local $! = number($name); return "$!" }

# The file is checked once a second, by the first request of that second.
sub looked {
    my $second = int clock_gettime(CLOCK_MONOTONIC);
    return $h->wait_until(sub { my $now = int clock_gettime(CLOCK_MONOTONIC); old(); $now > $second });
}

$h->start;
ok($state->apply(), 'a state without overrides is in force');
my $serves = 0;
for my $fault (@faults) {
    my ($call, $what, $error) = @$fault;
    my $name = "$call fails with $error";
    my ($before, $length) = (errors(), length $h->error_log);
    $faults->only("$call " . number($error) . " /$what");
    $state->put($serves ? document() : document(suspend('legacy', $END)));
    ok($h->wait_until(sub { old(); errors() > $before }, undef, 0.1), "$name: the error log says so");
    my ($line) = grep { /\[tlsgate:error\]/ } split(/\n/, substr($h->error_log, $length));
    my $words = words($error);
    like($line, qr/: \Q$words\E; .*The last good state stays in force/, '... and why');
    like($line, $error eq 'EACCES' ? qr/let httpd's user read it/ : $TRIED, '... and what to do');
    # Two more checks: each logs something only if it finds something new.
    looked() for 1 .. 2;
    is(errors(), $before + 1, '... once, however often it is checked');
    is(old(), $serves ? 200 : 426, '... and the last good state stays');
    ok($state->taken_after(sub { $faults->none }), '... and after the fault, the unchanged file is in force');
    $serves = !$serves;
    is(old(), $serves ? 200 : 426, '... as the answer shows');
}
is($state->taken, 1 + @faults, 'each state was reported once');
$h->finish_ok(qr/\[tlsgate:error\] TLSGATE0022: TlsGateState "[^"]*": .*; .*\. The last good state stays in force/);
done_testing;
