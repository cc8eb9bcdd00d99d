# The stragglers: who still uses what is deprecated, under which name, over graceful restarts and with
# children that are killed while they write.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask get json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::Schema;

my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $h;
sub conf {
    my ($ledger, $more) = @_;
    return <<"CONF";
Listen 127.0.0.1:\@tls\@
SSLEngine on
$ledger
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule refused>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<Location /verify>
    SetHandler tlsgate-verify
</Location>
<VirtualHost *:\@tls\@>
    SSLEngine on
    $more
</VirtualHost>
<VirtualHost *:\@tls\@>
    ServerName refused.example.com
    SSLEngine on
    TlsGate refused
    $more
</VirtualHost>
CONF
}
sub begin { my ($ledger, $more, %o) = @_; $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => conf($ledger, $more), tolerates => [qr/AH00052: child pid \d+ exit signal Killed/], %o); $h->stop_clock('2018-07-10T09:00:00Z'); return $h->start }
sub status { my ($query) = @_; return json_of(get($h->port, 'TLSv1.3', '/status?format=json' . ($query ? "&$query" : ''))) }
sub items { return @{ (status(@_)->{stragglers} // {})->{items} // [] } }
sub come { my ($account, $tls, $agent) = @_; return get($h->port, $tls // 'TLSv1', '/index.html', "X-Account: $account", 'User-Agent: ' . ($agent // 'old/1')) }
sub known { my ($n, $name) = @_; return ok($h->wait_until(sub { my $sum = 0; $sum += $_->{requests} + $_->{failed_handshakes} for items(); $sum == $n }), $name) || diag(explain([items()])) }

begin('TlsGateLedger 3', "TlsGateIdentity header:X-Account\nTlsGateIgnore 127.0.9.0/24" =~ s/\nTlsGateIgnore.*//r);
come('A', 'TLSv1', 'first/1') for 1 .. 2;
come('A', 'TLSv1.1', 'second/2');
come('B', 'TLSv1.2');
get($h->port, 'TLSv1', '/verify', 'X-Account: tester');
known(3, 'a straggler');
my ($a, @more) = items();
is_deeply(\@more, [], '... and no modern client, nor who tests itself');
is_deeply([@$a{qw(client schedule first_seen last_seen requests rejected protocol user_agent host)}],
    ['account:A', 'legacy', '2018-07-10T09:00:00Z', '2018-07-10T09:00:00Z', 3, 0, 'TLSv1.1', 'second/2', 'localhost'], '... with what is known of it');
like($a->{ja4}, qr/^t11[di]\d{4}/, '... its JA4');
is_deeply([@$a{qw(moved_at moved_probably)}], [undef, JSON::PP::false], '... and it has not moved');
like($a->{cause}, qr/^(?:pinned|old)$/, '... and the cause');
ok($schema->fits(status()), 'the document fits its schema') or diag($schema->wrong);

$h->stop_clock('2018-07-10T09:00:07Z');
is(told(shake(port => $h->port, legacy => 'TLSv1', sni => 'refused.example.com')), 'alert 70', 'a handshake is refused');
known(4, 'who is refused is one');
is_deeply([map { @$_{qw(client schedule rejected host last_seen)} } items('schedule=refused')], ['ip:127.0.0.1', 'refused', 1, 'refused.example.com', '2018-07-10T09:00:07Z'], '... by its address');
is_deeply([map { $_->{client} } items('sort=requests')], ['account:A', 'ip:127.0.0.1'], 'sorted by requests');
is_deeply([map { $_->{client} } items()], ['ip:127.0.0.1', 'account:A'], 'seen last');
is_deeply([map { $_->{client} } items("since=2018-07-10T09:00:0${\ $_->[0]}Z")], $_->[1], "since $_->[0]") for [7, ['ip:127.0.0.1']], [8, []];
is(get($h->port, 'TLSv1.3', "/status?format=json&$_")->{status}, 400, "$_ makes no sense") for 'sort=name', 'since=yesterday', 'page=-1', 'page=x', 'page=1x', 'only=some';

ok($h->graceful, 'a graceful restart');
is(scalar(my @kept = items()), 2, '... keeps them');
$h->stop_clock('2018-07-10T09:00:09Z');
come($_) for qw(C D);
ok($h->wait_until(sub { join(' ', map { $_->{client} } items()) eq 'account:D account:C ip:127.0.0.1' }), 'the one seen least recently leaves') or diag(explain([items()]));
is_deeply([@{ status()->{stragglers} }{qw(found kept room forgotten missed)}], [3, 3, 3, 1, 0], '... and is counted');
like(get($h->port, 'TLSv1.3', '/status?format=prometheus')->{body}, qr/^tlsgate_stragglers 3$/m, 'the metric');
$h->write_conf(conf('TlsGateLedger 5', 'TlsGateIdentity header:X-Account'));
ok($h->graceful, 'another size, and a graceful restart');
is(status()->{stragglers}{room}, 3, '... which keeps the size');
like($h->error_log, qr/TLSGATE0093: TlsGateLedger 5: the table of stragglers keeps its 3 places until httpd is stopped/, '... and says so');
$h->finish_ok;

# Names are those that may be shown.
for (['ip=truncate', '', 'ip:127.0.0.0', 'no address'], ['ip=hash', '', qr/^ip:sha256:[0-9a-f]{32}$/, 'a hashed address'], ['ip=full', 'TlsGateIdentity hash:header:X-Account', qr/^account:sha256:[0-9a-f]{32}$/, 'a hashed account']) {
    my ($privacy, $identity, $want, $name) = @$_;
    begin('', "TlsGatePrivacy $privacy\n$identity");
    come('Geheim-42');
    known(1, "$name: it is kept");
    get($h->port, 'TLSv1', '/status?format=json') for 1 .. 2;
    known(1, "$name: who reads the page is none");
    my ($item) = items();
    ref $want ? like($item->{client}, $want, "$name: its name") : is($item->{client}, $want, "$name: its name");
    for my $format (qw(json html text prometheus)) { unlike(get($h->port, 'TLSv1.3', "/status?format=$format")->{body}, qr/Geheim|127\.0\.0\.1/, "$name: no secret in $format") }
    is(status()->{stragglers}{room}, 16384, "$name: the default size");
    $h->finish_ok;
}

begin('TlsGateLedger 0', '');
come('A');
ok($h->wait_until(sub { $h->sightings }), 'TlsGateLedger 0: a sighting');
is(status()->{stragglers}, undef, '... and no straggler');
$h->finish_ok;

# Children that are killed while many write.
chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        begin('TlsGateLedger 10', 'TlsGateIdentity header:X-Account', mpm => $mpm);
        my @pids = map { my $n = $_; my $pid = fork() // die "fork: $!"; if (!$pid) { srand($n); come('X' . int rand 30) for 1 .. 40; POSIX::_exit(0) } $pid } 1 .. 4;
        for (1 .. 3) {
            my $before = $h->sightings;
            $h->wait_until(sub { $h->sightings > $before + 5 }, 20);
            my ($child) = split(/\s+/, TlsGate::Httpd::slurp("/proc/$h->{pid}/task/$h->{pid}/children"));
            kill KILL => $child;
        }
        waitpid($_, 0) for @pids;
        # One that finds the table busy is missed, as on a machine that is.
        ok($h->wait_until(sub {
            my %names = map { $_->{client} => 1 } items();
            my @absent = grep { !$names{"account:last$_"} } 1 .. 10;
            come("last$_") for @absent;
            return keys %names == 10 && !@absent;
        }), "$mpm: after three children were killed the table goes on") or diag(explain([items()]));
        $h->finish_ok;
    }
}
done_testing;
