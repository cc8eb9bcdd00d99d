# How many clients are left, per schedule: seen with what it deprecates in the last seven days, neither moved nor
# exempt. The page, its JSON and its metrics have the same number, and a list of them can be counted again.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask get json_of readable);
use TlsGate::Ctl;
use TlsGate::Schema;
use TlsGate::State qw(document exempt);

my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $h = TlsGate::Httpd->new(clock => '2018-07-04T12:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
TlsGateIdentity header:X-Account
TlsGateTrackUpgrades on
TlsGateState $DIR/state/state.json
TlsGateLedger 100
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule oldest>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule quiet>
    TlsGateDeprecate TLSv1.2
</TlsGateSchedule>
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy oldest
    TlsGate quiet
</VirtualHost>
CONF
$h->stop_clock('2018-07-04T12:00:00Z');
my $state = TlsGate::State->new($h, sub { get($h->port, 'TLSv1.3', '/status') });
$h->start;
sub page { my ($query) = @_; return get($h->port, 'TLSv1.3', "/status?$query") }
sub status { my ($query) = @_; return json_of(page('format=json&' . ($query // ''))) }
sub clients { my ($name) = @_; my ($s) = grep { $_->{name} eq $name } @{ status()->{schedules} }; return join(' ', @{ $s->{clients} }{qw(left exempt earlier moved complete)}, $s->{clients}{failed} || ()) }
sub names { my ($query) = @_; return join(' ', sort map { $_->{client} =~ s/^account://r } @{ status($query)->{stragglers}{items} }) }
sub settles { my ($want, $name, $what) = @_; return ok($h->wait_until(sub { clients($name) eq $want }), $what) || diag(clients($name)) }
sub sentence { my ($name) = @_; my ($line) = page('format=text')->{body} =~ /^(\Q$name\E \(.*)$/m; return $line }
sub row { my ($name) = @_; my ($line) = page('format=text')->{body} =~ /^Schedule \Q$name\E\n(?:.+\n)*?(Clients left: .*)$/m; return $line }

ok($schema->fits(status()), 'the document fits its schema') or diag($schema->wrong);
is(clients('legacy'), '0 0 0 0 1', 'nobody yet');
like(sentence('legacy'), qr/ No client of it was seen yet\.$/, '... which the page says');

# On three days: W, then A, B, E and M, then a second M, who moves.
get($h->port, 'TLSv1.1', '/', 'X-Account: W');
settles('1 0 0 0 1', 'legacy', 'one client');
like(sentence('legacy'), qr/ were deprecated\. 1 client is left\.$/, '... is told in the sentence of its schedule');
$h->stop_clock('2018-07-05T00:00:00Z');
get($h->port, $_->[1], '/', "X-Account: $_->[0]") for ['A', 'TLSv1'], ['B', 'TLSv1.1'], ['E', 'TLSv1.1'], ['M', 'TLSv1'], ['b', 'TLSv1'];
settles('6 0 0 0 1', 'legacy', 'six');
is(clients('oldest'), '3 0 0 0 1', '... three of the other schedule');
get($h->port, 'TLSv1.3', '/', 'X-Account: M');
settles('5 0 0 1 1', 'legacy', 'one has moved');
$state->put(document(exempt('legacy', 'account:E', '2018-07-12T00:00:00Z'), exempt('legacy', 'account:M', '2018-07-20T00:00:00Z'), exempt('oldest', 'account:b', '2018-07-11T00:00:00Z'), exempt('legacy', '127.0.0.0/8', '2018-07-20T00:00:00Z')));
settles('4 1 0 1 1', 'legacy', 'one is exempt; a network is not told of accounts');
is(clients('oldest'), '1 1 0 1 1', '... and one from the other schedule alone');
$h->stop_clock('2018-07-10T23:59:59Z');
is(clients('legacy'), '4 1 0 1 1', 'in the last second of seven days all are recent');
$h->stop_clock('2018-07-11T00:00:00Z');
is(clients('legacy'), '3 1 1 1 1', 'after it the first one is not');
is(clients('oldest'), '2 0 0 1 1', '... and who was exempt until then is left');
is(clients('quiet'), '0 0 0 0 1', 'nobody of a third schedule');
like(sentence('legacy'), qr/ 3 clients are left\.$/, 'the sentence');
is(row('legacy'), 'Clients left: 3, seen in the last 7 days and neither moved nor exempt. Besides, 1 exempt, 1 not seen in these days, and 1 moved.', 'all numbers');
is(row('quiet'), 'Clients left: 0, seen in the last 7 days and neither moved nor exempt.', '... where there are none');

# --- counted again
is(names('schedule=legacy&only=left'), 'A B b', 'the list of them');
is(status("schedule=$_&only=left")->{stragglers}{found}, (split / /, clients($_))[0], "$_: as many as the number") for qw(legacy oldest quiet);
is(names('schedule=legacy&only=left&since=2018-07-06T00:00:00Z'), '', 'since= makes it less');
is(names('schedule=legacy&only=left&since=2018-07-01T00:00:00Z'), 'A B b', '... and never more');
my ($left) = page('format=prometheus')->{body} =~ /^tlsgate_clients_left\{schedule="legacy"\} (\d+)$/m;
is($left, 3, 'the metric');
my @lines = split(/\n/, page('format=csv&schedule=legacy&only=left')->{body});
is(scalar @lines, 1 + 3, 'CSV');
my $html = get($h->port, 'TLSv1.3', '/status?format=html')->{body};
like($html, qr{<a href="\?schedule=legacy&amp;only=left">Which clients are left</a>}, 'a link leads to the list');
unlike($html, qr{\?schedule=quiet&amp;only=left}, '... where there are some');
like(get($h->port, 'TLSv1.3', '/status?only=left')->{body} // '', qr/./, 'a page of it');
like(page('format=html&only=left')->{body}, qr{<a href="\?only=left" aria-current="true">Those that are left</a>}, '... which says what it shows');
like(page('format=text')->{body}, qr/^Who is left\n9 entries, one for each client and schedule, also of clients that have moved or are exempt\.$/m, 'all entries are called so');
like(page('format=text&schedule=legacy&only=left')->{body}, qr/^Who is left\n3 clients\.$/m, '... and clients those of one schedule');

# --- who would break: the same without those that have moved, as tlsgatectl report --only would-break
is(names('schedule=legacy&only=would-break'), 'A B E W b', 'who would break: also who is exempt for now, and not who has moved');

# --- who is exempt says so
my ($entry) = page('format=text&client=account:E')->{body} =~ /^account:E\n  (.*)$/m;
like($entry, qr/; 0 rejected\. It is exempt until 2018-07-12T00:00:00Z\. It is rejected from 2018-08-07T00:00:00Z\.$/, 'who is exempt says so');
unlike(page('format=text&client=account:A')->{body}, qr/It is exempt/, '... and nobody else');
my %until = map { $_->{client} => $_->{exempt_until} } @{ status('schedule=legacy')->{stragglers}{items} };
is_deeply(\%until, { 'account:A' => undef, 'account:B' => undef, 'account:b' => undef, 'account:W' => undef, 'account:E' => '2018-07-12T00:00:00Z', 'account:M' => '2018-07-20T00:00:00Z' }, 'in JSON');
my %cell = map { /^(account:\w+),.*,([^,]*),0$/ ? ($1 => $2) : () } split(/\n/, page('format=csv&schedule=legacy')->{body});
is_deeply([@cell{qw(account:E account:A)}], ['2018-07-12T00:00:00Z', ''], 'in CSV');
like(page('format=html&client=account:E')->{body}, qr/Exempt it until another date/, 'its command changes the date');

# --- an address in an exempt network
get($h->port, 'TLSv1.1', '/');
settles('3 2 1 1 1', 'legacy', 'an address of an exempt network is exempt');
$h->stop_clock('2018-07-30T00:00:00Z');
is(clients('legacy'), '0 0 6 1 1', 'after weeks without anyone');
like(sentence('legacy'), qr/ No client is left that was seen in the last 7 days\.$/, '... the page does not say that nobody is left');
is(status('schedule=legacy&only=left')->{stragglers}{found}, 0, '... and the list is empty');
$h->finish_ok;

# --- of whom only handshakes failed
$h = TlsGate::Httpd->new(clock => '2018-07-04T12:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@new@
TlsGateLedger 100
TlsGateIdentity header:X-Account
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
SSLEngine on
TlsGate legacy
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:@new@>
    SSLProtocol TLSv1.2 TLSv1.3
</VirtualHost>
CONF
$h->stop_clock('2018-07-04T12:00:00Z');
get($h->port('new'), 'TLSv1.1', '/') for 1 .. 2;
settles('0 0 0 0 1 1', 'legacy', 'who only failed in the handshake is counted apart');
ok($schema->fits(status()), '... as the schema says') or diag($schema->wrong);
like(sentence('legacy'), qr/ No client is left that was seen in the last 7 days\.$/, '... and not left');
is(row('legacy'), 'Clients left: 0, seen in the last 7 days and neither moved nor exempt. Of 1 more only failed handshakes were seen.', '... but beside the number');
is(names("only=$_"), '', "... nor in only=$_") for qw(left would-break);
like(page('format=text')->{body}, qr/^ip:127\.0\.0\.1\n  2 failed handshakes since 2018-07-04T12:00:00Z, the last over TLSv1\.1 at 2018-07-04T12:00:00Z; 0 rejected or refused\.$/m, 'its entry has no request, and no date that rejects one');
is(join(' ', map { "$_->{requests} $_->{failed_handshakes}" } @{ status()->{stragglers}{items} }), '0 2', '... and in JSON');
like(page('format=csv')->{body}, qr/^client,count,.*,failed_handshakes\nip:127\.0\.0\.1,0,.*,2$/m, '... and in CSV');
like(page('format=prometheus')->{body}, qr/^tlsgate_clients_left\{schedule="legacy"\} 0\n(?:#.*\n)+tlsgate_clients_failed\{schedule="legacy"\} 1$/m, '... and as a metric');
get($h->port, 'TLSv1.1', '/');
settles('1 0 0 0 1', 'legacy', 'with a request it is left');
like(page('format=text')->{body}, qr/^  1 request and 2 failed handshakes since .* It is rejected from 2018-08-07T00:00:00Z\.$/m, '... and its entry has both');
$h->finish_ok(qr/TLSGATE0017/);

# --- none are kept
$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTlsGateLedger 0\n<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\nTlsGate legacy\nTlsGateLog logs/x\n<Location /status>\nSetHandler tlsgate-status\nRequire all granted\n</Location>\n")->start;
my $s = status();
ok($schema->fits($s), 'without a table the document fits its schema') or diag($schema->wrong);
is($s->{schedules}[0]{clients}, undef, '... and has no number of clients');
unlike(page("format=$_")->{body}, qr/tlsgate_clients_left|[Cc]lients? (?:is|are)? ?left/, "... nor has $_") for qw(prometheus text);
$h->finish_ok;
done_testing;
