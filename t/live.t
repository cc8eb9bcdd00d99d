# Overrides affect every answer: the state file that ops write while httpd runs
# decides verdicts, headers, pages and the log, ends by itself, is reported once in the error
# log, and is the same in every process, also in one that is forked later.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask connect_to json_of);
use TlsGate::Httpd;
use TlsGate::Stacks qw(imf_date);
use TlsGate::State qw(exempt postpone suspend trial);

my $CUTOFF = '2018-08-07T08:40:00Z';
my $NOW    = '2018-08-07T15:25:00Z'; # after the cutoff
my $END    = '2018-08-21T09:00:00Z';

my $conf = <<'CONF';
Listen 127.0.0.1:@tls@
Timeout 20000000
KeepAliveTimeout 20000000
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
Header always set X-Told "%{TLSGATE_SCHEDULE}e %{TLSGATE_PHASE}e %{TLSGATE_VERDICT}e %{TLSGATE_CLIENT}e"
LogFormat "%P %>s" process
CustomLog logs/processes process
<Location /verify>
    SetHandler tlsgate-verify
</Location>
<Location /plan>
    SetHandler tlsgate-schedule
</Location>
CONF

my ($h, $state);

sub old { my (%o) = @_; return ask(port => $h->port, tls => 'TLSv1', %o) || { status => 'none', headers => {}, body => '{}' } }

# An old client at exactly that second.
sub old_at {
    my ($instant, %o) = @_;
    $h->stop_clock($instant);
    my $r = old(%o);
    my $date = $r->{headers}{date} // imf_date($instant);
    diag("$instant: the answer has $date") if $date ne imf_date($instant);
    return $r;
}

sub told { my (%o) = @_; return old_at($NOW, %o)->{headers}{'x-told'} // 'nothing' }
sub sunset { my ($r) = @_; return $r->{headers}{sunset} // 'none' }
sub page { my ($path, $instant) = @_; return json_of(old_at($instant // $NOW, path => $path)) }

# The sighting of the next old request.
sub sighting {
    my (%o) = @_;
    my @before = $h->sightings;
    old_at($NOW, %o);
    $h->wait_until(sub { my @now = $h->sightings; @now > @before });
    return ($h->sightings)[-1]{tlsgate};
}

sub server {
    my (%o) = @_;
    $h = TlsGate::Httpd->new(clock => $NOW, conf => $conf, %o);
    $state = TlsGate::State->new($h, sub { old() });
    return $h->start;
}

sub finish {
    my (@expected) = @_;
    is($state->taken, $state->{put}, 'each new state was reported once');
    $h->finish_ok(@expected);
}

sub suspended {
    ok($state->apply(suspend('legacy', $END)), 'a suspend is applied');
    my $r = old_at($NOW);
    is($r->{status}, 200, 'an old client is served');
    is($r->{headers}{'x-told'}, 'legacy grace warn ip:127.0.0.1', 'TLSGATE_* say so');
    is(sunset($r), imf_date($END), 'Sunset is the end of the suspension');
    is(ask(port => $h->port, tls => 'TLSv1.2')->{headers}{sunset}, undef, 'a modern client gets no headers');
    my $verify = page('/verify');
    is(old(path => '/verify')->{status}, 400, 'the verification still answers with 400');
    is_deeply([@$verify{qw(deprecated rejected_for_good)}], [JSON::PP::true, $END], '... and the date from which this caller is rejected');
    is_deeply([@{ $verify->{schedules}[0] }{qw(phase next_change next_phase)}], ['grace', $END, 'cutoff'], '... and the phase');
    my ($plan) = @{ page('/plan')->{schedules} };
    is_deeply([@$plan{qw(phase next_change next_phase cutoff rejected_for_good)}], ['grace', $END, 'cutoff', $CUTOFF, $END], 'and the public plan agrees');
    my $seen = sighting();
    is_deeply([@$seen{qw(phase verdict override exemption)}], ['grace', 'warn', { kind => 'suspend', until => $END }, undef], 'the log names the override');
    like($h->error_log, qr/tlsgate:notice\] TLSGATE\d{4}: schedule legacy: suspend until $END, by ops: rollback$/m, 'the error log says who and why');

    is(old_at('2018-08-21T08:59:59Z')->{status}, 200, 'served in the last second');
    is(old_at($END)->{status}, 426, 'it ends by itself');
    is(page('/plan', $END)->{schedules}[0]{phase}, 'cutoff', 'in the plan too');
    is(old_at('2018-08-21T08:59:59Z')->{status}, 200, 'if the clock goes back, it applies again');
    ok($state->apply(), 'a state without entries is applied');
    is(old_at($NOW)->{status}, 426, 'resumed');
    is(sighting()->{override}, undef, 'the log names no override');
}

sub tried {
    my ($early, $end) = ('2018-07-10T09:00:00Z', '2018-07-10T10:00:00Z');
    is(old_at($early)->{status}, 200, 'before the cutoff an old client is served');
    ok($state->apply(trial('legacy', $end, reason => 'find them')), 'a trial is applied');
    my $r = old_at($early);
    is_deeply([$r->{status}, @{ $r->{headers} }{qw(retry-after x-told)}], [426, 3600, 'legacy trial reject ip:127.0.0.1'], 'rejected until the trial ends');
    is_deeply([@{ json_of($r) }{qw(phase until)}], ['trial', $end], 'the body says so');
    is(old_at('2018-07-10T09:59:59Z')->{headers}{'retry-after'}, 1, 'its last second');
    $r = old_at($end);
    is_deeply([$r->{status}, sunset($r)], [200, imf_date($CUTOFF)], 'it ends by itself, and Sunset is the cutoff as before');
    is(old_at($NOW)->{status}, 426, 'and weakens nothing');
    ok($state->apply(trial('legacy', $END)), 'a trial beyond the cutoff');
    $r = old_at($NOW);
    is_deeply([json_of($r)->{phase}, $r->{headers}{'retry-after'}], ['cutoff', undef], 'does not weaken it either');
}

sub postponed {
    my $later = '2018-09-01T00:00:00Z';
    ok($state->apply(postpone('legacy', $CUTOFF, $later)), 'a postponement is applied');
    my $r = old_at($NOW);
    is_deeply([$r->{status}, sunset($r), $r->{headers}{'x-told'}], [200, imf_date($later), 'legacy announced warn ip:127.0.0.1'], 'served until the new cutoff');
    is_deeply([@{ page('/plan')->{schedules}[0] }{qw(phase cutoff rejected_for_good)}], ['announced', $later, $later], 'the public plan has the new date');
    is(page('/verify')->{rejected_for_good}, $later, 'and the verification');
    is_deeply(sighting()->{override}, { kind => 'postpone', cutoff => $later }, 'and the log');
    is(old_at('2018-08-31T23:59:59Z')->{status}, 200, 'one second before');
    is(old_at($later)->{status}, 426, 'the new cutoff');
    ok($state->apply(postpone('legacy', $CUTOFF, $later), suspend('legacy', '2018-09-02T00:00:00Z')), 'a suspend in addition');
    is(sunset(old_at($NOW)), imf_date('2018-09-02T00:00:00Z'), 'both count');
    is(old_at('2018-09-01T12:00:00Z')->{headers}{'x-told'}, 'legacy grace warn ip:127.0.0.1', 'the suspend begins where the postponement ends');
    ok($state->apply(postpone('legacy', $CUTOFF, $later)), 'the suspend is removed');
    $h->set_clock($NOW);
    $h->write_conf($conf =~ s/2018-08-07T08:40Z/2018-08-07T08:41Z/r);
    ok($h->graceful, 'the configuration has another cutoff now');
    ok($h->wait_until(sub { old()->{status} == 426 }), 'which the postponement was not made for: it is ignored');
    is(page('/plan')->{schedules}[0]{cutoff}, '2018-08-07T08:41:00Z', 'the public plan has the configured date');
    $h->write_conf($conf);
    ok($h->graceful, 'the old one is back');
    ok($h->wait_until(sub { old()->{status} == 200 }), '... and the postponement with it');
}

sub exempted {
    my @acme = (headers => ['X-Account: acme']);
    my $until = '2018-10-01T00:00:00Z';
    ok($state->apply(exempt('legacy', 'account:acme', $until)), 'an exemption of a client is applied');
    my $r = old_at($NOW, @acme);
    is_deeply([$r->{status}, sunset($r)], [200, imf_date($until)], 'it is served, and Sunset is the end of the exemption');
    is(told(@acme), 'legacy cutoff warn account:acme', 'TLSGATE_* say so');
    is(old_at($NOW, headers => ['X-Account: other'])->{status}, 426, 'another client is not');
    my $seen = sighting(@acme);
    is_deeply([@$seen{qw(phase verdict override exemption)}], ['cutoff', 'warn', undef, { owner => 'sales', until => $until }], 'the log names the exemption');
    is(old_at('2018-09-30T23:59:59Z', @acme)->{status}, 200, 'its last second');
    is(old_at($until, @acme)->{status}, 426, 'it ends by itself');
    ok($state->apply(exempt('legacy', '127.0.0.0/8', $until)), 'an exemption of a network is applied');
    $r = old_at($NOW);
    is_deeply([$r->{status}, sunset($r)], [200, imf_date($until)], 'a client in it is served');
    is_deeply(sighting()->{exemption}, { owner => 'sales', until => $until }, 'the log names it');
    is(old_at($until)->{status}, 426, 'until it ends');
    ok($state->apply(exempt('legacy', '192.0.2.0/24', $until)), 'another network');
    is(old_at($NOW)->{status}, 426, '... does not affect other clients');
    ok($state->apply(suspend('other', $END), exempt('other', 'account:acme', $until)), 'entries of another schedule');
    is(old_at($NOW, @acme)->{status}, 426, '... do nothing here');
}

# The plan is of the running configuration, even if the file has changed since.
sub plan_file {
    my $plan = sub { JSON::PP->new->decode(TlsGate::Httpd::slurp("$state->{path}.plan"))->{schedules}[0]{cutoff} };
    is($plan->(), $CUTOFF, 'the running plan is beside the state');
    is((stat "$state->{path}.plan")[2] & 07777, 0644, 'readable for everyone');
    $h->write_conf($conf =~ s/2018-08-07T08:40Z/2018-12-01T00:00Z/r);
    is($plan->(), $CUTOFF, 'an edit does not change it');
    $h->graceful;
    ok($h->wait_until(sub { $plan->() eq '2018-12-01T00:00:00Z' }), 'a restart does');
    is_deeply([glob("$state->{path}.plan.*")], [], 'and no temporary file is left');
    $h->write_conf($conf);
    $h->graceful;
    ok($h->wait_until(sub { $plan->() eq $CUTOFF }), 'as it was');
}

# Kept connections occupy separate children, in prefork one each.
sub every_child {
    my ($mpm) = @_;
    my $early = '2018-07-10T09:00:00Z';
    server(mpm => $mpm, clock => $early, conf => "$conf\nMaxKeepAliveRequests 0\n" . ($mpm eq 'prefork' ? "StartServers 6\n" : ''));
    my @kept = map { connect_to(port => $h->port, tls => 'TLSv1') } 1 .. 6;
    is_deeply([map { old(on => $_)->{status} } @kept], [(200) x 6], "$mpm: six kept connections are served");
    my %pids = map { $_ => 1 } TlsGate::Httpd::slurp($h->dir . '/logs/processes') =~ /^(\d+) /mg;
    my $least = $mpm eq 'prefork' ? 6 : 1;
    $h->wait_until(sub { %pids = map { $_ => 1 } TlsGate::Httpd::slurp($h->dir . '/logs/processes') =~ /^(\d+) /mg; keys %pids >= $least });
    cmp_ok(scalar keys %pids, '>=', $least, "$mpm: by the maximum number of processes");
    ok($state->apply(trial('legacy', '2018-07-10T12:00:00Z')), "$mpm: a trial is applied by one of them");
    is_deeply([map { old(on => $_)->{status} } @kept], [(426) x 6], "$mpm: the very next answer of each is the new one");
    finish();
}

# If each process serves two connections, those that answer are always new.
sub forked_later {
    my ($mpm) = @_;
    server(mpm => $mpm, conf => "$conf\nMaxConnectionsPerChild 2\n");
    ok($state->apply(suspend('legacy', $END)), "$mpm: a suspend is applied");
    $state->put('{"version":1,');
    my %other;
    $h->wait_until(sub { $other{ old()->{status} }++; $h->error_log =~ /tlsgate:error/ });
    $other{ old()->{status} }++ for 1 .. 12;
    is_deeply([keys %other], [200], "$mpm: children that were forked after the file broke agree");
    my %pids = map { $_ => 1 } TlsGate::Httpd::slurp($h->dir . '/logs/processes') =~ /^(\d+) /mg;
    cmp_ok(scalar keys %pids, '>=', 4, "$mpm: there were several");
    ok($h->graceful, "$mpm: a graceful restart");
    %other = ();
    $other{ old()->{status} }++ for 1 .. 6;
    is_deeply([keys %other], [200], "$mpm: keeps the last good state");
    my @errors = $h->error_log =~ /tlsgate:error\]/g;
    is(scalar @errors, 1, "$mpm: with one error in the log");
    finish(qr/state\.json": line 1, column 13: .*The last good state stays in force$/m);
}

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        every_child($mpm);
        forked_later($mpm);
        server(mpm => $mpm);
        suspended();
        if ($mpm ne 'worker') { # which runs the same code as event
            tried();
            postponed();
            exempted();
            plan_file();
        }
        finish($mpm ne 'worker' ? qr/tlsgate:warn\] TLSGATE\d{4}: schedule legacy: its postponement to 2018-09-01T00:00:00Z is ignored/ : ());
    }
}

done_testing;
