# tlsgatectl simulate --log: of each client in the log of a real httpd, what it gets at another time. Every
# one of them then comes at that time, and gets exactly that.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl qw(says);
use TlsGate::Schema;

my @WHY = (qw(--reason because --by ops --yes));
my $ctl = TlsGate::Ctl->new(runs => 0, waits => 1, tls => 0, conf => <<'CONF');
Listen @tls@
Listen @plain@
SSLSessionCache shmcb:run/ssl_cache(512000)
SSLCipherSuite DEFAULT:@SECLEVEL=0
SSLProtocol all
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
LogFormat "%h %v %t \"%r\" %>s %{SSL_PROTOCOL}x %{SSL_CIPHER}x" foreign
LogFormat "%h %t %{SSL_PROTOCOL}x" bare
CustomLog logs/foreign foreign
CustomLog logs/bare bare
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-07-02T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/PT1H share=50%
    TlsGateTrial     2018-07-10T10:00Z/PT1H
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateStatus    cutoff 400
</TlsGateSchedule>
<TlsGateSchedule rsa>
    TlsGateDeprecate kx=RSA
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule web>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule odd>
    TlsGateDeprecate "expr=%{HTTP:X-Odd} == 'yes'"
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName a.example.com
    SSLEngine on
    TlsGate legacy rsa
    <Location /open>
        TlsGate off
    </Location>
    <Location /said>
        TlsGate legacy report-only
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName now.example.com
    SSLEngine on
    TlsGate legacy as=cutoff
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName later.example.com
    SSLEngine on
    TlsGate legacy as=announced
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName said.example.com
    SSLEngine on
    TlsGate legacy report-only
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName odd.example.com
    SSLEngine on
    TlsGate odd
</VirtualHost>
<VirtualHost *:@plain@>
    ServerName plain.example.com
    TlsGate web
</VirtualHost>
CONF
my $h = $ctl->{httpd};
$h->stop_clock('2018-07-01T12:00:00Z');
$h->start;

# --- the clients: who, over what, where
my @SCRIPT = (
    (map { { who => "account:A-$_", tls => $_ % 2 ? 'TLSv1' : 'TLSv1.1', host => 'a.example.com' } } 1 .. 8),
    (map { { who => 'account:A-1', tls => 'TLSv1.1', host => $_ } } qw(now.example.com later.example.com said.example.com)),
    (map { { who => 'account:A-2', tls => 'TLSv1', host => 'a.example.com', path => $_ } } qw(/said/x)),
    { who => 'ip:127.0.0.9', tls => 'TLSv1', host => 'a.example.com' },
    { who => 'ip:127.0.5.9', tls => 'TLSv1', host => 'a.example.com' },
    { who => 'account:A-1', tls => 'TLSv1.2', host => 'a.example.com', ciphers => 'AES128-SHA', rsa => 1 },
    { who => 'account:odd', tls => 'TLSv1.2', host => 'odd.example.com', headers => ['X-Odd: yes'], ciphers => 'ECDHE-RSA-AES128-GCM-SHA256' },
    { who => 'account:web', host => 'plain.example.com' },
);

sub come { my ($c) = @_;
    my ($kind, $value) = split /:/, $c->{who}, 2;
    return ask(port => $h->port($c->{tls} ? 'tls' : 'plain'), tls => $c->{tls}, sni => $c->{host}, host => $c->{host}, path => $c->{path} // '/',
        $c->{ciphers} ? (ciphers => $c->{ciphers}) : (), from => $kind eq 'ip' ? $value : '127.0.0.1',
        headers => [$kind eq 'ip' ? () : "X-Account: $value", @{ $c->{headers} // [] }]);
}

# What it really gets.
sub real { my ($c) = @_;
    my $r = come($c);
    return 'refused ' . ($SSL_ERROR =~ /protocol version/ ? 70 : $SSL_ERROR =~ /handshake failure/ ? 40 : $SSL_ERROR) if !$r;
    return "rejected $r->{status}" if $r->{status} >= 400 && $r->{status} != 404;
    return $r->{headers}{deprecation} || $r->{headers}{sunset} ? 'warned' : 'served';
}
sub named { my ($c) = @_; return join ' ', $c->{who}, $c->{host}, $c->{path} // '/', $c->{tls} // 'cleartext', $c->{ciphers} // () }

is(real($_), $_->{host} =~ /^now/ ? 'rejected 400' : 'served', 'at first, ' . named($_)) for grep { $_->{tls} && $_->{tls} ne 'TLSv1.2' && $_->{host} !~ /^later/ } @SCRIPT;
is(real($_), 'warned', 'at first, ' . named($_)) for grep { !$_->{tls} || $_->{tls} eq 'TLSv1.2' || $_->{host} =~ /^later/ } @SCRIPT;
is(come({ who => 'account:modern', tls => 'TLSv1.3', host => 'a.example.com' })->{status}, 200, 'and a modern one');
$h->wait_sightings(scalar @SCRIPT);
my $log = $ctl->{httpd}->dir . '/logs/log';
$ctl->write($log, TlsGate::Httpd::slurp($h->dir . '/logs/tlsgate.ndjson'));

# --- what is said of them
my $schema = TlsGate::Schema->new('docs/simulate.schema.json');
sub simulated { my (@args) = @_;
    my $said = $ctl->run('simulate', '--json', @args);
    is($said->{err}, '', "@args: no message");
    my $document = $ctl->json_of($said);
    ok($schema->fits($document), '... fits the schema') or diag $schema->wrong;
    return $document;
}
sub row_of { my ($document, $c) = @_;
    my $traits = quotemeta($c->{tls} // 'cleartext') . ($c->{rsa} ? ' kx=RSA\b' : '(?! kx=RSA)');
    my $at = ($c->{path} // '') =~ m{^(/said)} ? qr/\Q$c->{host}\E:\d+ <Location \Q$1\E>$/ : qr/\Q$c->{host}\E:\d+$/;
    my @rows = grep { $_->{client} eq $c->{who} && "@{ $_->{traits} }" =~ /^$traits(?: |$)/ && $_->{at}[0] =~ $at } @{ $document->{clients} };
    return @rows == 1 ? $rows[0] : { answer => scalar(@rows) . ' rows' };
}
sub answer_of { my ($row) = @_; return join ' ', $row->{answer}, ($row->{status} // $row->{alert}) // () }

my %seen;
sub compare { my ($when, $note) = @_;
    my $document = simulated('--log', $log, '--at', $when);
    is($document->{log}{requests}, scalar @SCRIPT, "$when: every request");
    $h->stop_clock($when);
    for my $c (@SCRIPT) {
        my ($said, $real) = (answer_of(row_of($document, $c)), real($c));
        is($said, $real, "$note$when: " . named($c) . ": $real");
        $seen{$real}++;
    }
    my $total = 0;
    $total += $_->{requests} for @{ $document->{totals} };
    is($total, scalar @SCRIPT, '... the totals have all of them');
    return $document;
}

# Said before anything of it has happened; changes by hand count.
says($ctl->run(qw(exempt add legacy account:A-3 --until 2018-08-08T00:00Z), @WHY), 0, qr/^/, qr/done/, 'an account is exempt for a while');
says($ctl->run(qw(exempt add legacy 127.0.5.0/24 --until 2018-12-01T00:00Z), @WHY), 0, qr/^/, qr/done/, 'a network is exempt for long');
compare($_, '') for qw(2018-07-01T23:59:59Z 2018-07-02T00:00:00Z 2018-07-10T08:59:59Z 2018-07-10T09:00:00Z 2018-07-10T09:59:59Z 2018-07-10T10:00:00Z
    2018-07-10T11:00:00Z 2018-08-01T00:00:00Z 2018-08-07T08:39:59Z 2018-08-07T08:40:00Z 2018-08-07T23:59:59Z 2018-08-08T00:00:00Z 2018-10-31T23:59:59Z 2018-11-01T00:00:00Z);
is_deeply([sort keys %seen], ['refused 40', 'refused 70', 'rejected 400', 'rejected 403', 'rejected 410', 'rejected 426', 'served', 'warned'], 'everything that can happen has happened')
    or diag explain \%seen;

# By hand: each kind of override, until it ends.
my @BY_HAND = (
    ['2018-07-05T00:00:00Z', [qw(trial legacy --until 2018-07-06T00:00Z)], '2018-07-05T12:00:00Z', '2018-07-06T00:00:00Z'],
    ['2018-08-09T00:00:00Z', [qw(suspend legacy --until 2018-08-10T00:00Z)], '2018-08-09T23:59:59Z', '2018-08-10T00:00:00Z'],
    ['2018-07-20T00:00:00Z', [qw(postpone legacy --cutoff 2018-09-01T00:00Z)], '2018-08-31T23:59:59Z', '2018-09-01T00:00:00Z', '2018-11-01T00:00:00Z'],
);
for (@BY_HAND) {
    my ($made, $change, @then) = @$_;
    $h->stop_clock($made);
    says($ctl->run(@$change, @WHY), 0, qr/^/, qr/done/, "@$change");
    compare($_, "$change->[0], ") for @then;
    $h->stop_clock($made);
    says($ctl->run('undo', '--yes', '--reason', 'tried', '--by', 'ops'), 0, qr/^/, qr/done/, '... and back');
}

# --- a whole day: the strictest answer, and when it is which
$h->stop_clock('2018-07-01T12:00:00Z');
my $day = simulated('--log', $log, '--at', '2018-07-10');
for my $c (grep { $_->{host} =~ /^a\./ && $_->{tls} ne 'TLSv1.2' } @SCRIPT) {
    my $row = row_of($day, $c);
    for my $when (map { "2018-07-10T${_}Z" } qw(00:00:00 08:59:59 09:00:00 09:59:59 10:00:00 10:59:59 11:00:00 23:59:59)) {
        my ($time) = grep { $_->{from} le $when && $when lt $_->{until} } @{ $row->{times} };
        $h->stop_clock($when);
        is(answer_of($time // {}), real($c), "on the day, at $when: " . named($c));
    }
    is($row->{answer}, (grep { $_->{answer} eq 'rejected' } @{ $row->{times} }) ? 'rejected' : $row->{times}[0]{answer}, '... the strictest of them');
}
$h->stop_clock('2018-07-01T12:00:00Z');
my $said = $ctl->run('simulate', '--log', $log, '--at', '2018-07-10');
says($said, 0, qr/^on 2018-07-10: 17 requests of the log$/m, undef, 'for people');
for my $c (@SCRIPT[0 .. 7]) {
    my ($from) = map { $_->{from} =~ /T(.{5})/ } grep { $_->{answer} eq 'rejected' } @{ row_of($day, $c)->{times} };
    my ($line) = grep { /^  $c->{who}  \Q$c->{tls}\E, .* a\.example\.com/ } split /\n/, $said->{out};
    is($line, "  $c->{who}  $c->{tls}, 1 request at vhost a.example.com:" . $h->port('tls') . ($c->{who} eq 'account:A-3'
        ? ': legacy (trial), by its dates; exempt until 2018-08-08T00:00:00Z (ops: because)' : ", ${from}Z to 11:00Z: legacy (trial), by its dates"), "... $c->{who}");
}
like($said->{out}, qr/^rejected with 426: (\d+) clients, \g{-1} requests$/m, '... how many');
like($said->{out}, qr/^served, with headers that say what is coming: \d+ clients, \d+ requests$/m, '... and who is not');

# The sample in the reference.
my ($sample) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^```text\n(on 2018-07-10: .*?)^```/ms;
$ctl->write("$log.few", join '', grep { /"client":"account:A-[1-3]"/ } map { "$_\n" } split /\n/, TlsGate::Httpd::slurp($log));
my $shown = $ctl->run('simulate', '--log', "$log.few", '--at', '2018-07-10', '--top', 7)->{out};
is($shown =~ s/:@{[ $h->port('tls') ]}\b/:443/gr, $sample, 'the sample in the reference');

# --- schedules, many logs, the worst ones
is_deeply([sort map { $_->{answer} } grep { $_->{client} eq 'account:web' } @{ simulated('--log', $log, '--at', '2018-12-01T00:00:00Z', '--schedule', 'legacy')->{clients} }], ['served'], 'only one schedule counts');
$ctl->write("$log.again", TlsGate::Httpd::slurp($log));
my $twice = simulated('--log', $log, '--at', '2018-12-01T00:00:00Z', '--top', 3, "$log.again");
is_deeply([$twice->{log}{requests}, scalar @{ $twice->{clients} }, $twice->{unlisted}, $twice->{clients}[0]{requests}], [2 * @SCRIPT, 3, @SCRIPT - 3, 2], 'two logs, and only the worst of their clients');
is_deeply([map { $_->{answer} } @{ $twice->{clients} }], [('refused') x 3], '... first the refused');

# --- logs of another server, which lack something
my @foreign = ('--from', 'httpd=%h %v %t "%r" %>s %{SSL_PROTOCOL}x %{SSL_CIPHER}x', '--log', $h->dir . '/logs/foreign');
my $foreign = simulated(@foreign, '--at', '2018-08-20T00:00:00Z');
# By client, protocol, and the first place: the answer, and what is lacking.
sub lacks { my ($document) = @_;
    return map { my ($place) = $_->{at}[0] =~ /^vhost (\w+\S*)/; "$_->{client} $_->{traits}[0] " . $place =~ s/\.example.*?(?= |$)//r . ($_->{at}[0] =~ / <Location (.*)>/ ? $1 : '')
        . (grep({ $_ eq 'kx=RSA' } @{ $_->{traits} }) ? ' RSA' : '') => join('; ', answer_of($_), @{ $_->{lacks} }) } @{ $document->{clients} };
}
my %lacks = lacks($foreign);
is($lacks{'ip:127.0.0.9 TLSv1 a'}, 'rejected 400', 'no account is exempt any more, so it is known');
is($lacks{'ip:127.0.5.9 TLSv1 a'}, 'warned', 'its network is exempt');
is($lacks{'ip:127.0.0.1 cleartext plain'}, 'rejected 403', 'plain HTTP');
is($lacks{'ip:127.0.0.1 TLSv1 a/said'}, 'served', 'the path is known');
is($lacks{'ip:127.0.0.1 TLSv1.2 odd'}, 'unknown; what expr= looks at', 'what an expression looks at is not in it');
is($lacks{'ip:127.0.0.1 TLSv1.3 a'}, 'served', 'a modern client');
%lacks = lacks(simulated(@foreign, '--at', '2018-08-07T12:00:00Z'));
is($lacks{'ip:127.0.0.9 TLSv1 a'}, 'unknown; the account', 'while an account is exempt it may be that one');
%lacks = lacks(simulated(@foreign, '--at', '2018-11-20T00:00:00Z'));
like($lacks{'ip:127.0.0.1 TLSv1.2 a RSA'} // '', qr/^unknown; whether the client offers something better too$/, 'what else it offers is not in the log');
my $bare = simulated('--from', 'httpd=%h %t %{SSL_PROTOCOL}x', '--log', $h->dir . '/logs/bare', '--at', '2018-08-20T00:00:00Z');
my ($old) = grep { $_->{client} eq 'ip:127.0.0.9' } @{ $bare->{clients} };
is_deeply([$old->{answer}, $old->{lacks}], ['unknown', ['the host', 'the path', 'the cipher', 'what expr= looks at']], 'which host it was') or diag explain $old;
my ($newer) = grep { "@{ $_->{traits} }" eq 'TLSv1.2' } @{ $bare->{clients} };
ok((grep { $_ eq 'the cipher' } @{ $newer->{lacks} }), 'which cipher') or diag explain $newer;

# --- without a log: notes are about the host that was asked for
for (['now', undef], ['a', qr/\A[^\n]*rsa also deprecates key exchanges[^\n]*\n\z/], ['odd', qr/\A[^\n]*odd also has a condition[^\n]*\n\z/]) {
    my ($host, $note) = @$_;
    says($ctl->run('simulate', '--protocol', 'TLSv1.2', '--host', "$host.example.com"), 0, qr/^/, $note, "$host: " . ($note ? 'a note' : 'none'));
}

# --- what is wrong
says($ctl->run('simulate', '--log', $log, '--client', 'account:A-1'), 2, qr/^$/, qr/--log tells the clients, so --protocol, --client, --host and --path do not go with it/, 'a client beside a log');
says($ctl->run('simulate', '--log', $log, '--top', 'x'), 2, qr/^$/, qr/--top "x": write a number from 1 to/, 'no number');
says($ctl->run('simulate', '--log', $log, '--schedule', 'legcy'), 2, qr/^$/, qr/there is no schedule "legcy"; did you mean legacy/, 'no schedule');
says($ctl->run('simulate', '--log', '/nonexistent'), 2, qr/^$/, qr{/nonexistent: }, 'no log');
my $times = 1 + int(6_000_000 / -s $log);
$ctl->write("$log.large", TlsGate::Httpd::slurp($log) x $times);
like($ctl->run('simulate', '--log', "$log.large")->{out} =~ tr/,//dr, qr/\b@{[17 * $times]} requests/, 'a log that a report reads with several threads');
$ctl->write("$log.damaged", "{\n" . TlsGate::Httpd::slurp($log));
says($ctl->run('simulate', '--from', 'tlsgate', '--log', "$log.damaged"), 1, qr/17 requests/, qr/log\.damaged:1: a damaged line is left out/, 'a damaged line');
$h->finish_ok;
done_testing;
