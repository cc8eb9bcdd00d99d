# What is asked of tlsgate-status by its URL: what makes no sense is answered with 400 and what to write, in the form that
# was asked for and without a word of what was sent; and a page past the end says so.
use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask get json_of readable policy_of);
use TlsGate::Httpd;
use TlsGate::Schema;

my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateIdentity header:X-Account
TlsGateLedger 200 logs/ledger
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
<TlsGateSchedule later>
    TlsGateDeprecate TLSv1.1
</TlsGateSchedule>
TlsGate legacy-tls later
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
$h->start;
$h->stop_clock('2018-07-10T09:00:00Z');
sub page { my ($query, $accept) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => "/status?$query", headers => $accept ? ["Accept: $accept"] : []) }
sub clients { my ($query) = @_; return join(' ', sort map { $_->{client} } @{ json_of(page("format=json&$query"))->{stragglers}{items} }) }
my $says = sub { my ($query) = @_; return json_of(page($query))->{detail} };

# --- what is wrong, and what to write
my $FORMATS = 'There is no such format; write format=html, text, json, prometheus or csv.';
my $SORTS = 'There is no such sort; write sort=last-seen, first-seen, requests or rejected.';
my $ONLY = 'There is no such only; write only=left or would-break.';
my $PAGE = 'There is no such page; write a number from page=0 to page=20971.';
my $CLIENT = qr/^Client is no part of a name; write client= and letters, digits or signs that can be printed, \d+ bytes at most\.$/;
my $SCHEDULES = 'There is no such schedule; write schedule=legacy-tls or later';
my $SINCE = qr/^Since is not an instant; write YYYY-MM-DDThh:mmZ for UTC, .*, with %2B for each \+ of a URL\. An hour ago it was since=2018-07-10T08:00:00Z\.$/;
for (
    [ 'format=yaml', $FORMATS ], [ 'format=JSON', $FORMATS ],
    [ 'sort=size', $SORTS ], [ 'sort=LAST-SEEN', $SORTS ], [ 'sort=', undef ],
    [ 'only=some', $ONLY ], [ 'only=all', $ONLY ],
    (map { [ "page=$_", $PAGE ] } qw(x -1 1x 20972 99999999999999999999)), [ 'page=20971', undef ],
    [ 'since=1h', $SINCE ], [ 'since=yesterday', $SINCE ], [ 'since=2018-07-09', qr/^Since is not an instant; write 2018-07-09T00:00Z for midnight UTC, / ], [ 'since=2018-07-09T00:00Z', undef ],
    [ 'schedule=nothing', "$SCHEDULES." ], [ 'schedule=legacy', "$SCHEDULES; did you mean legacy-tls?" ], [ 'schedule=LATER', "$SCHEDULES; did you mean later?" ],
    [ 'schedule=later', undef ], [ 'schedule=%ff', "$SCHEDULES." ],
    (map { [ "client=$_", $CLIENT ] } '%ff%fe', '%1b', '%E2%80%AE', 'x' x 400), [ 'client=nobody', undef ],
    (map { [ $_, qr/^\w+ has %00, or a % that does not begin the code of a character; leave %00 out, and write % itself as %25\.$/ ] } 'client=%zz', 'since=%', 'schedule=%4', 'format=%g0', 'client=%00'),
    (map { [ $_, 'A parameter of the query is unknown; write format, schedule, client, since, sort, only or page.' ] } qw(clients=%zz x=1 refresh x=1&schedule=later schedule=later&foo=)), [ 'client', undef ], [ '&', undef ],
    [ 'schedule=later&schedule=legacy-tls', 'Schedule comes twice; write it once.' ], [ 'format=json&format=json', 'Format comes twice; write it once.' ], [ 'page=&page=', 'Page comes twice; write it once.' ],
    [ 'since=2018-07-09T00:00+01:00', $SINCE ], [ 'since=2018-07-09T00:00%2B01:00', undef ], 
) {
    my ($query, $detail) = @$_;
    my $r = page($query);
    my $name = substr($query, 0, 40);
    if (!defined $detail) { is($r->{status}, 200, "$name is answered"); next }
    is("$r->{status} $r->{headers}{'content-type'}", '400 application/problem+json', "$name is wrong");
    my $problem = json_of($r);
    is_deeply([ @$problem{qw(type status title)} ], [ 'about:blank', 400, 'The query cannot be answered' ], '... a problem');
    ref $detail ? like($problem->{detail}, $detail, '... what to write') : is($problem->{detail}, $detail, '... what to write');
    is(join(' ', sort keys %$problem), 'detail status title type', '... and no more');
}

# --- in the form that was asked for
for (
    [ 'sort=x', 'text/html', 'text/html; charset=utf-8' ], [ 'sort=x', 'text/plain', 'text/plain; charset=utf-8' ], [ 'sort=x', undef, 'application/problem+json' ],
    [ 'sort=x', 'application/json', 'application/problem+json' ],
    [ 'format=html&sort=x', 'application/json', 'text/html; charset=utf-8' ], [ 'sort=x&format=text', 'text/html', 'text/plain; charset=utf-8' ], [ 'format=json&sort=x', 'text/html', 'application/problem+json' ],
    (map { [ "format=$_&sort=x", 'text/html', 'text/plain; charset=utf-8' ] } qw(csv prometheus)),
    [ 'format=yaml', 'text/html', 'text/html; charset=utf-8' ],
) {
    my ($query, $accept, $type) = @$_;
    my $r = page($query, $accept);
    is("$r->{status} $r->{headers}{'content-type'}", "400 $type", "$query, Accept: " . ($accept // 'none'));
    is($r->{headers}{'cache-control'}, 'no-store', '... which is not stored');
}
my $r = page('sort=x', 'text/html');
like(readable($r->{body}), qr/The query cannot be answered\s+\Q$SORTS\E\s+The page without a query/, 'for people');
like($r->{body}, qr{<a href="\?">}, '... with a link back');
is($r->{headers}{'content-security-policy'}, policy_of($r->{body}), '... which may load nothing');
is(page('sort=x', 'text/plain')->{body}, "The query cannot be answered\n\n$SORTS\n", 'as text');
is(ask(port => $h->port, tls => 'TLSv1.3', path => '/status?sort=x', method => 'HEAD')->{body}, '', 'HEAD');
for my $sent ('%3Cscript%3E', '%22%3Ealert', '%27%22%3C', 'evil%0d%0aX-Evil:%20yes') {
    for my $parameter (qw(format schedule client since sort only page)) {
        for my $accept (qw(text/html text/plain application/json)) {
            $r = page("$parameter=$sent", $accept);
            unlike($r->{body} =~ s/&[a-z]+;|&#39;//gr, qr/<script>|>alert|'"<|evil|X-Evil/i, "$parameter=$sent as $accept is not repeated") if $r->{status} != 200;
            is($r->{headers}{'x-evil'}, undef, '... nor a header');
        }
    }
}

# --- upper and lower case
get($h->port, 'TLSv1', '/', "X-Account: $_") for 'Acme-7', 'ACME-8', 'bolt', "\xc3\x84rzte";
ok($h->wait_until(sub { clients('') =~ /bolt/ && clients('') =~ /rzte/ }), 'four clients');
is(clients("client=$_"), 'account:ACME-8 account:Acme-7', "client=$_") for qw(acme Acme ACME account:aCME t:acme);
is(clients('client=%C3%84RZTE'), "account:\x{c4}rzte", 'beside other letters');
is(clients('client=acme-7x'), '', 'none');

# --- past the end
sub text { my ($query) = @_; return page($query, 'text/plain')->{body} }
unlike(text('page=0'), qr/There is no page/, 'the only page');
like(text('page=9'), qr/^Who is left\n4 entries.*\nThere is no page 10: all are on one, without page=\.\n/m, 'another one');
get($h->port, 'TLSv1.1', '/', "X-Account: many-$_") for 1 .. 101;
ok($h->wait_until(sub { json_of(page('format=json'))->{stragglers}{found} == 105 }), 'three pages');
like(text('page=9'), qr/^There is no page 10: there are 3 pages, and page=2 is the last\.$/m, 'past the end it is said how many there are');
like(text('page=3&client=many'), qr/^There is no page 4: there are 3 pages, and page=2 is the last\.$/m, '... of a search');
unlike(text('page=2'), qr/There is no page/, '... and not at the end');
my $html = page('page=9&client=many', 'text/html')->{body};
like($html, qr{<a href="\?client=many&amp;page=2">Last page</a>\n</nav>}, 'a link leads to the last');
unlike($html, qr/Page 10 of|>Next</, '... and no other');
unlike(text('page=9&client=nobody'), qr/There is no page/, 'where nobody is found that is said alone');
my $document = json_of(page('format=json&page=9'));
ok($schema->fits($document), 'JSON fits its schema') or diag($schema->wrong);
is_deeply([ @{ $document->{stragglers} }{qw(pages page found)}, scalar @{ $document->{stragglers}{items} } ], [ 3, 9, 105, 0 ], '... with the number of pages');

# --- a schedule that is not configured any more, of which there are clients
$h->stop;
my $conf = TlsGate::Httpd::slurp($h->dir . '/httpd.conf');
$h->write_file('httpd.conf', $conf =~ s/<TlsGateSchedule later>.*?<\/TlsGateSchedule>\n//sr =~ s/TlsGate legacy-tls later/TlsGate legacy-tls/r);
$h->start;
is(json_of(page('format=json&schedule=later'))->{stragglers}{found}, 101, 'its clients are still found');
is($says->('schedule=latest'), 'There is no such schedule; write schedule=legacy-tls.', '... and it is not among those that are named');
$h->finish_ok;

# --- many schedules are not all named; and none is
my $many = join('', map { "<TlsGateSchedule s$_>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n" } 1 .. 23);
$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nLogLevel error\n$many<Location /status>\nSetHandler tlsgate-status\nRequire all granted\n</Location>\n")->start;
like($says->('schedule=nothing'), qr/^There is no such schedule; write schedule=s1, s2, .*, s19 or s20, or one of 3 others\.$/, 'twenty schedules are named');
$h->finish_ok;
$h = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\n<Location /status>\nSetHandler tlsgate-status\nRequire all granted\n</Location>\n")->start;
is($says->('schedule=nothing'), 'There is no schedule; leave schedule out.', 'without a schedule none can be named');
$h->finish_ok;
done_testing;
