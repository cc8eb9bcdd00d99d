# TlsGateTrackUpgrades: a straggler that comes without what is deprecated has moved, for each schedule,
# and only probably if nothing but its address is known.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to get json_of);
use TlsGate::Httpd;

my $h;
sub begin {
    my ($track, $identity) = @_;
    $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', tolerates => [qr/TLSGATE0017: vhost localhost:\d+: schedule/], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@old\@
Listen 127.0.0.1:\@plain\@
SSLEngine on
$track
$identity
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule next>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy next
<Location /both>
    TlsGate legacy plain
</Location>
<Location /free>
    TlsGate off
</Location>
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<Location /tested>
    SetHandler tlsgate-verify
</Location>
<Location /deprecations>
    SetHandler tlsgate-schedule
</Location>
<VirtualHost *:\@old\@>
    SSLEngine on
    SSLProtocol -all +TLSv1
</VirtualHost>
<VirtualHost *:\@plain\@>
    SSLEngine off
</VirtualHost>
CONF
    $h->stop_clock('2018-07-10T09:00:00Z');
    return $h->start;
}
sub come { my ($account, $tls, $path, %o) = @_; my $r = ask(port => $h->port, tls => $tls, path => $path // '/index.html', headers => ["X-Account: $account"], %o); return $r }
sub counts { return json_of(get($h->port, 'TLSv1.3', '/status?format=json'))->{requests}{totals} }
# legacy=2018-07-10T09:00:00Z, or legacy=?2018-…, for one client.
sub moved {
    my ($client) = @_;
    my $list = json_of(get($h->port, 'TLSv1.3', '/status?format=json'))->{stragglers}{items};
    return join(' ', sort map { "$_->{schedule}=" . ($_->{moved_probably} ? '?' : '') . ($_->{moved_at} // '-') } grep { $_->{client} eq $client } @$list);
}
sub soon { my ($client, $want, $name) = @_; return ok($h->wait_until(sub { moved($client) eq $want }, 20), $name) || diag(moved($client)) }

begin('TlsGateTrackUpgrades on', 'TlsGateIdentity header:X-Account');
come('A', 'TLSv1');
come('B', 'TLSv1');
soon('account:A', 'legacy=- next=-', 'a straggler has not moved');
$h->stop_clock('2018-07-10T09:00:05Z');
come('A', 'TLSv1.2', '/free');
come('A', 'TLSv1.2');
soon('account:A', 'legacy=2018-07-10T09:00:05Z next=-', 'TLSv1.2: it has moved for the schedule that takes that');
is(moved('account:B'), 'legacy=- next=-', '... and nobody else');
$h->stop_clock('2018-07-10T09:00:09Z');
come('A', 'TLSv1.3');
soon('account:A', 'legacy=2018-07-10T09:00:05Z next=2018-07-10T09:00:09Z', 'TLSv1.3: for the other as well; the first date stays');
$h->stop_clock('2018-07-10T09:00:12Z');
come('A', 'TLSv1.1');
soon('account:A', 'legacy=- next=-', 'it comes with something deprecated again: it has not moved');
come('B', 'TLSv1.3', '/free');
come('B', 'TLSv1.3', '/nowhere/else');
soon('account:B', 'legacy=2018-07-10T09:00:12Z next=2018-07-10T09:00:12Z', 'a request where no schedule applies says nothing; one for a file that is not there does');
my $s = connect_to(port => $h->port, tls => 'TLSv1.3');
ask(on => $s, keep => 1, path => '/index.html', headers => ['X-Account: nobody']);
ask(on => $s, keep => 1, path => '/index.html', headers => ['X-Account: A']);
get($h->port, 'TLSv1.3', '/status?format=json');
is(moved('account:A'), 'legacy=- next=-', 'only the first request of a connection is looked at');

# What says nothing: plain HTTP, unless that is what is deprecated, and our pages.
$h->stop_clock('2018-07-10T09:00:20Z');
come('C', 'TLSv1');
come('C', undef, '/both', port => $h->port('plain'));
soon('account:C', 'legacy=- next=- plain=-', 'a client of plain HTTP and old TLS has not moved');
come('C', undef, '/index.html', port => $h->port('plain')) for 1 .. 2;
is(come('C', 'TLSv1.3', $_)->{status}, 200, "$_ in a browser") for qw(/tested /deprecations /status);
ok($h->wait_until(sub { (counts()->{'cleartext'}{none} // 0) == 2 }), '... are counted');
is(moved('account:C'), 'legacy=- next=- plain=-', '... but plain HTTP is no better TLS, and who opens a page of this module may be another program of the account');
come('C', 'TLSv1', '/both');
soon('account:C', "legacy=- next=- plain=2018-07-10T09:00:20Z", 'from plain HTTP it has moved with any TLS');
come('C', 'TLSv1.3', '/both');
soon('account:C', "legacy=2018-07-10T09:00:20Z next=- plain=2018-07-10T09:00:20Z", 'from old TLS with a modern one');
my $all = counts();
is($all->{'TLSv1.3'}{none}, 8, 'each is counted') or diag(explain($all));
$h->finish_ok;

# By address: the same ciphers are the same library.
begin('TlsGateTrackUpgrades on', '');
come('', 'TLSv1');
soon('ip:127.0.0.1', 'legacy=- next=-', 'an address');
is(come('', 'TLSv1.3', '/tested')->{status}, 200, 'someone of this address opens the test page in a browser');
is(come('', 'TLSv1.3', '/deprecations')->{status}, 200, '... and the page of the dates');
ok($h->wait_until(sub { (json_of(get($h->port, 'TLSv1.3', '/status?format=json'))->{requests}{totals}{'TLSv1.3'}{none} // 0) == 2 }), '... which are counted as requests');
is(moved('ip:127.0.0.1'), 'legacy=- next=-', '... but nobody has moved');
come('', 'TLSv1.3');
soon('ip:127.0.0.1', 'legacy=?2018-07-10T09:00:00Z next=?2018-07-10T09:00:00Z', '... with another hello has probably moved');
$h->finish_ok;
for (['', '', 'of the same library has moved'], ['TlsGatePrivacy ip=hash', '', 'that is hashed as well'], ['TlsGatePrivacy ip=truncate', '?', 'that is cut short is that of many']) {
    my ($privacy, $sign, $name) = @$_;
    begin('TlsGateTrackUpgrades on', $privacy);
    ask(port => $h->port('old'), tls => 'all', path => '/index.html');
    my $items = sub { json_of(get($h->port, 'TLSv1.3', '/status?format=json'))->{stragglers}{items} };
    ok($h->wait_until(sub { @{ $items->() } == 2 }, 20), 'a host that takes nothing better');
    come('', 'all');
    my ($client) = map { $_->{client} } @{ $items->() };
    soon($client, "legacy=${sign}2018-07-10T09:00:00Z next=${sign}2018-07-10T09:00:00Z", "an address $name");
    unlike(get($h->port, 'TLSv1.3', '/status?format=json')->{body}, qr/127\.0\.0\.1/, '... and is not shown') if $privacy;
    $h->finish_ok;
}

begin('', 'TlsGateIdentity header:X-Account');
come('A', 'TLSv1');
soon('account:A', 'legacy=- next=-', 'by default');
come('A', 'TLSv1.3');
come('A', 'TLSv1.3') for 1 .. 2;
is(moved('account:A'), 'legacy=- next=-', '... nothing is noted');
$h->finish_ok;
done_testing;
