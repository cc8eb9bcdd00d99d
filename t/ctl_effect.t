# What a change does to clients, told before and after it, and what may keep it from bringing anybody
# back: with the plan of a running httpd, and its clock stopped.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Ctl qw(says);

binmode($_, ":utf8") for map { Test::More->builder->$_ } qw(output failure_output);
my $NOW = '2018-08-08T12:00:00Z';
my @WHY = (qw(--reason because --by ops));

my $ctl = TlsGate::Ctl->new(modules => ["remoteip"], runs => 0, waits => 1, conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@proxied@
Listen 127.0.0.1:@plain@
TlsGateLog logs/tlsgate.ndjson
KeepAliveTimeout 20000000
Timeout 20000000
<TlsGateSchedule old>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateStatus    cutoff 400
</TlsGateSchedule>
<TlsGateSchedule beside>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-06-01T00:00Z
    TlsGateRefuse    2018-07-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule web>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule later>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-09T12:00Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule taken>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule shares>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-08-08T11:00Z/2018-08-08T13:00Z share=25%
</TlsGateSchedule>
<TlsGateSchedule nobody>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule wrong-host>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule headed>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule fixed>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName a.example.com
    SSLEngine on
    TlsGate old
    TlsGateIdentity header:X-Account
    <Location /pay>
        TlsGate old beside
    </Location>
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName b.example.com
    SSLEngine on
    TlsGate beside
    TlsGateIdentity hash:query:api_key cert:subject
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName gone.example.com
    SSLEngine on
    TlsGate gone
    TlsGateIdentity header:X-Account hash:basic
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName modern.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.1 +TLSv1.2 +TLSv1.3
    TlsGate later gone
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName taken.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    TlsGate taken
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName later.example.com
    SSLEngine on
    TlsGate later
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName shares.example.com
    SSLEngine on
    TlsGate shares
    TlsGateIdentity header:X-Account
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName fixed.example.com
    SSLEngine on
    TlsGate fixed as=cutoff
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName headed.example.com
    SSLEngine on
    RemoteIPHeader X-Forwarded-For
    TlsGate headed
</VirtualHost>
<VirtualHost *:@proxied@>
    ServerName proxied.example.com
    SSLEngine on
    RemoteIPProxyProtocol On
    TlsGate gone
</VirtualHost>
<VirtualHost *:@plain@>
    ServerName plain.example.com
    TlsGate web wrong-host
</VirtualHost>
CONF
my $h = $ctl->{httpd};
$h->stop_clock($NOW);
$h->start;

# Of a text, the ports of this run as those of the configuration.
sub plain { my ($text) = @_; $text =~ s/:@{[$h->port($_)]}\b//g for qw(tls proxied plain); return $text =~ s/\.example\.com//gr }
sub rows { my ($schedule) = @_; return [ map { plain($_->{text}) } @{ $schedule->{effect} } ] }
sub codes { my ($document) = @_; return [ sort map { join(' ', $_->{code}, plain(join(' ', @{ $_->{at} }))) =~ s/ \z//r } @{ $document->{warnings} } ] }

# What httpd -t makes of the directives is what mod_ssl's contexts accept.
my ($runs, $configured) = map { $ctl->json_of({ out => $_ }) } $ctl->text('.plan'), $ctl->run_as({ args => [] }, $ctl->{wrapper}, qw(-t -D DUMP_TLSGATE_JSON))->{out};
is_deeply([map { $runs->{$_} } qw(servers settings)], [map { $configured->{$_} } qw(servers settings)], 'the plan that runs has the servers of the configuration');
my %of = map { plain($_->{name}) => $runs->{settings}[$_->{settings}] } @{ $runs->{servers} };
is_deeply([@{ $of{'vhost taken'} }{qw(tls accepts peer privacy log)}], [JSON::PP::true, [qw(TLSv1.2 TLSv1.3)], 'client', 'full', $h->dir . '/logs/tlsgate.ndjson'], 'what a server accepts');
is_deeply([map { "$_->{protocol} $_->{alert}" } @{ $of{'vhost taken'}{kept_out} }], ['SSLv3 40', 'TLSv1 70', 'TLSv1.1 70'], '... and what not, with the alert');
is_deeply($of{'vhost b'}{identity}, [{ source => 'query:api_key', kind => 'account', hashed => JSON::PP::true }, { source => 'cert:subject', kind => 'cert', hashed => JSON::PP::false }], '... and how it knows its clients');
is_deeply([map { $of{$_}{peer} } 'vhost proxied', 'vhost headed', 'vhost plain'], [qw(proxy header client)], '... and whose address a handshake shows');
cmp_ok(scalar @{ $runs->{settings} }, '<', scalar @{ $runs->{servers} }, 'equal settings are there once');

# Somebody who is in the log.
is(ask(port => $h->port, tls => 'TLSv1', sni => 'a.example.com', headers => ["X-Account: $_"])->{status}, 400, "$_ is rejected, and in the log")
    for qw(A-20 Bertram);

# --- what each change does, and whom it does not bring back.
my $AT70 = 'refused (TLS alert 70 protocol_version)';
my $KEPT = 'kept out by the TLS settings of the server (TLS alert 70 protocol_version)';
my ($SOON, $DAY) = ('14:00Z, 19:30 IST (in 2 h)', '2018-08-09 12:00Z, 17:30 IST (in 1 day)');
my $HASH = 'account:sha256:0123456789abcdef0123456789abcdef';
for (
    [ 'by its own line, and beside another schedule', [qw(suspend old --for PT2H)],
      [ "TLS 1.0 at vhost a: rejected with 400 → served until $SOON",
        'TLS 1.0 at vhost a <Location /pay>: rejected with 400 → rejected with 426',
        "TLS 1.1 at vhost a, vhost a <Location /pay>: rejected with 400 → served until $SOON" ],
      [ 'other_schedule vhost a <Location /pay>' ] ],
    [ 'what is refused, and what the settings keep out', [qw(suspend gone --for PT2H)],
      [ "TLS 1.0 at vhost gone, vhost proxied: $AT70 → served until $SOON",
        "TLS 1.0 at vhost modern: $AT70 → $KEPT",
        "TLS 1.1 at vhost gone, vhost modern, vhost proxied: $AT70 → served until $SOON" ],
      [ 'tls_settings vhost modern' ] ],
    [ 'settings that were taken back', [qw(suspend taken --for PT2H)], ["TLS 1.0 and 1.1: $KEPT, as before"], ['tls_settings vhost taken'] ],
    [ 'a share', [qw(suspend shares --for PT2H)], ['TLS 1.0: rejected with 426 (25% of the clients) → served'], undef ],
    [ 'as=', [qw(suspend fixed --for PT2H)], ['TLS 1.0: rejected with 426, as before'],
      [ 'as vhost fixed' ] ],
    [ 'not yet', [qw(suspend later --for P2D)],
      [ "TLS 1.0 and 1.1 at vhost modern: $AT70, as before",
        'TLS 1.0 and 1.1 at vhost later: served until ' . "$DAY → served until 2018-08-10 12:00Z, 17:30 IST (in 2 days)",
        ], [ 'other_schedule vhost modern', 'tls_settings vhost modern' ] ],
    [ 'no line', [qw(suspend nobody --for PT2H)], [],
      [ 'unused' ] ],
    [ 'no TLS there', [qw(suspend wrong-host --for PT2H)], [],
      [ 'no_tls' ] ],
    [ 'plain HTTP', [qw(suspend web --for PT2H)], ["plain HTTP: rejected with 403 → served until $SOON"], [] ],
    [ 'a later cutoff', [qw(postpone old --cutoff 2018-08-09T12:00Z)],
      [ "TLS 1.0 at vhost a: rejected with 400 → served until $DAY",
        'TLS 1.0 at vhost a <Location /pay>: rejected with 400 → rejected with 426',
        "TLS 1.1 at vhost a, vhost a <Location /pay>: rejected with 400 → served until $DAY" ],
      [ 'other_schedule vhost a <Location /pay>' ] ],
    [ 'an account that is known', [qw(exempt add old account:A-20 --for P1D)],
      [ "account:A-20 with TLS 1.0 at vhost a: rejected with 400 → served until $DAY",
        'account:A-20 with TLS 1.0 at vhost a <Location /pay>: rejected with 400 → rejected with 426',
        "account:A-20 with TLS 1.1 at vhost a, vhost a <Location /pay>: rejected with 400 → served until $DAY" ],
      [ 'other_schedule vhost a <Location /pay>' ] ],
    [ 'an account that is hashed there', [qw(exempt add beside account:A-20 --for P1D)],
      [ 'account:A-20 with TLS 1.0 at vhost a <Location /pay>: rejected with 400, as before',
        'account:A-20 with TLS 1.0 at vhost b: rejected with 426, as before' ],
      [ 'hashed_there vhost b', 'other_schedule vhost a <Location /pay>' ] ],
    [ 'a hash where nothing is hashed', [qw(exempt add old), $HASH, qw(--for P1D)], ["$HASH with TLS 1.0 and 1.1: rejected with 400, as before"],
      [ 'plain_there vhost a vhost a <Location /pay>' ] ],
    [ 'a hash where one source hashes and another does not', [qw(exempt add gone), $HASH, qw(--for P1D)],
      [ "$HASH with TLS 1.0 and 1.1 at vhost gone: $AT70 → served until $DAY",
        "$HASH with TLS 1.0 at vhost modern: $AT70 → $KEPT",
        "$HASH with TLS 1.0 at vhost proxied: $AT70 → rejected with 426",
        "$HASH with TLS 1.1 at vhost modern, vhost proxied: $AT70 → rejected with 426" ],
      [ 'never_seen', 'no_identity_source vhost modern vhost proxied', 'tls_settings vhost modern' ] ],
    [ 'a certificate where none is asked for', [qw(exempt add old cert:CN=acme --for P1D)],
      ['cert:CN=acme with TLS 1.0 and 1.1: rejected with 400, as before'],
      [ 'no_identity_source vhost a vhost a <Location /pay>' ] ],
    [ 'an account after Refuse', [qw(exempt add gone account:A-20 --for P1D)],
      [ "account:A-20 with TLS 1.0 and 1.1 at vhost gone: $AT70 → served until $DAY",
        "account:A-20 with TLS 1.0 at vhost modern: $AT70 → $KEPT",
        "account:A-20 with TLS 1.0 at vhost proxied: $AT70 → rejected with 426",
        "account:A-20 with TLS 1.1 at vhost modern, vhost proxied: $AT70 → rejected with 426" ],
      [ 'no_identity_source vhost modern vhost proxied', 'tls_settings vhost modern' ] ],
    [ 'a network after Refuse', [qw(exempt add gone 192.0.2.0/24 --for P1D)],
      [ "192.0.2.0/24 with TLS 1.0 at vhost gone, vhost proxied: $AT70 → served until $DAY",
        "192.0.2.0/24 with TLS 1.0 at vhost modern: $AT70 → $KEPT",
        "192.0.2.0/24 with TLS 1.1 at vhost gone, vhost modern, vhost proxied: $AT70 → served until $DAY" ],
      [ 'proxy vhost proxied', 'tls_settings vhost modern' ] ],
    [ 'a network before Refuse', [qw(exempt add later 192.0.2.0/24 --for P2D)],
      [ "192.0.2.0/24 with TLS 1.0 and 1.1 at vhost modern: $AT70, as before",
        "192.0.2.0/24 with TLS 1.0 and 1.1 at vhost later: served until $DAY → served until 2018-08-10 12:00Z, 17:30 IST (in 2 days)" ],
      [ 'other_schedule vhost modern', 'tls_settings vhost modern' ] ],
    [ 'a header may name another client', [qw(exempt add headed 192.0.2.0/24 --for P1D)], ["192.0.2.0/24 with TLS 1.0: $AT70, as before"],
      [ 'peer_of_header vhost headed' ] ],
    [ 'an account that nobody has', [qw(exempt add old account:A-21 --for P1D)],
      [ "account:A-21 with TLS 1.0 at vhost a: rejected with 400 → served until $DAY",
        'account:A-21 with TLS 1.0 at vhost a <Location /pay>: rejected with 400 → rejected with 426',
        "account:A-21 with TLS 1.1 at vhost a, vhost a <Location /pay>: rejected with 400 → served until $DAY" ],
      [ 'never_seen', 'other_schedule vhost a <Location /pay>' ] ],
    [ 'a trial', [qw(trial later --for PT1H)],
      [ "TLS 1.0 and 1.1 at vhost modern: $AT70, as before",
        'TLS 1.0 and 1.1 at vhost later: served → rejected with 426 until 13:00Z, 18:30 IST (in 1 h)' ], [] ],
) {
    my ($what, $command, $rows, $codes) = @$_;
    my $said = $ctl->run(@$command, @WHY, '--dry-run', '--json');
    my $document = $said->{status} == 0 ? $ctl->json_of($said) : {};
    is_deeply(rows($document->{schedules}[0]), $rows, "$what: the effect") or diag explain rows($document->{schedules}[0]);
    my @others = grep { $_->{code} eq 'other_line' } @{ $document->{warnings} };
    $document->{warnings} = [ grep { $_->{code} ne 'other_line' } @{ $document->{warnings} } ];
    $codes ||= [];
    is(scalar @others, $command->[0] eq 'trial' || $command->[1] eq 'web' ? 0 : 1, "$what: one warning about all lines that do not name it");
    is_deeply(codes($document), [ sort @$codes ], "$what: the warnings") or diag explain codes($document);
    is($said->{status}, 0, "$what: @$command") or diag $said->{err};
    my @told = map { $_->{text} } @{ $document->{warnings} };
    is_deeply([grep { index($said->{err}, "tlsgatectl: warning: $_\n") < 0 } @told], [], "$what: each warning is told");
}

# --- the words of the warnings
for (
    [ [qw(exempt add beside account:A-20)], qr/^tlsgatectl: warning: account:A-20 cannot match at vhost b\S+: TlsGateIdentity there hashes: write "account:\$\(tlsgatectl hash A-20\)"$/m ],
    [ [qw(exempt add beside), q(account:O'Brien)], qr/^tlsgatectl: warning: account:O'Brien cannot match at vhost b\S+: TlsGateIdentity there hashes: write "account:\$\(tlsgatectl hash 'O'\\''Brien'\)"$/m ],
    [ [qw(exempt add old account:A-21)],    qr/^tlsgatectl: warning: old: account:A-21 is in none of the last \d+ lines of \S+: check how it is spelled$/m ],
    [ [qw(exempt add old account:bertram)], qr/^tlsgatectl: warning: old: account:bertram is in none of the last \d+ lines of \S+, which have account:Bertram$/m ],
    [ [qw(exempt add gone 192.0.2.0/24)],   qr/^tlsgatectl: warning: 192\.0\.2\.0\/24 at vhost proxied\S+: RemoteIPProxyProtocol shows the address only with the request/m ],
    [ [qw(suspend fixed)],                  qr/^tlsgatectl: warning: fixed: TLS 1\.0 stays rejected at vhost fixed\S+ by fixed as=cutoff in its TlsGate line, which no change by hand reaches; change httpd\.conf$/m ],
    [ [qw(suspend old)],                    qr/^tlsgatectl: warning: old: TLS 1\.0 stays rejected at vhost a\S+ <Location \/pay> by beside, which applies there beside old: change that too$/m ],
    [ [qw(suspend gone)],                   qr/^tlsgatectl: warning: gone: TLS 1\.0 stays refused at vhost modern\S+ whatever a schedule says, because SSLProtocol, or SSLOpenSSLConfCmd, leaves it out; name it in SSLProtocol/m ],
    [ [qw(suspend old)],                    qr/^tlsgatectl: warning: old: TLS 1\.0 and 1\.1 stay turned away at vhost b\S+, vhost gone\S+, vhost \S+ and 4 more by another schedule: the TlsGate line there does not name old$/m ],
) {
    my ($command, $says) = @$_;
    says($ctl->run(@$command, qw(--for PT2H --dry-run), @WHY), 0, qr/ then has /, $says, "@$command: $says");
}

# --- what is done, with the clients that it is about; the warnings do not stop it
sub gets { my ($tls, $sni, @o) = @_; my $r = ask(port => $h->port, tls => $tls, sni => "$sni.example.com", @o); return $r ? $r->{status} : 'refused' }
sub follows { my ($what, $expected, @client) = @_; is(gets(@client), $expected, "$what: $expected, as soon as it is done") }

my $yes = $ctl->run(qw(suspend old --for PT2H --yes), @WHY);
says($yes, 0, qr/^  TLS 1\.0 at vhost a\S+: rejected with 400 \S+ served until/m,
    qr/^tlsgatectl: warning: old: TLS 1\.0 stays rejected .*^tlsgatectl: done: .*^tlsgatectl: TLS 1\.0 is now served until 14:00Z, 19:30 IST \(in 2 h\) at vhost a\S+$/ms, 'with --yes the warnings are told as well');
follows('suspended', 200, 'TLSv1', 'a');
is(gets('TLSv1', 'a', path => '/pay'), 426, '... and still rejected where it was said to be');

my $resume = $ctl->run(qw(resume old --yes), @WHY);
says($resume, 0, qr/^  rejects     TLS 1\.0 now, at vhost a\S+\n  rejects     TLS 1\.1 now, at vhost a\S+, vhost a\S+ <Location \/pay>$/m, qr/done/, 'resume says that it rejects, whom, where and when');
follows('resumed', 400, 'TLSv1', 'a');

says($ctl->run(qw(suspend later --for P3D --yes), @WHY), 0, qr/suspend later/, qr/done/, 'suspended before its cutoff');
says($ctl->run(qw(resume later --dry-run), @WHY), 0, qr/^  rejects     TLS 1\.0 and 1\.1 from 2018-08-09 12:00Z, 17:30 IST \(in 1 day\), at vhost later\S+$/m, undef, 'resume says when, if not now');

says($ctl->run(qw(exempt add gone account:A-20 --for P1D --yes), @WHY), 0, qr/exempt add gone/, qr/done/, 'a client after Refuse');
follows('exempt', 404, 'TLSv1', 'gone', path => '/nosuch', headers => ['X-Account: A-20']);
is(gets('TLSv1', 'gone', headers => ['X-Account: B']), 426, '... and nobody else');
says($ctl->run(qw(exempt remove gone account:A-20 --dry-run), @WHY), 0, qr/^  rejects     account:A-20 with TLS 1\.0 and 1\.1 now, at vhost gone\S+$/m, qr/\A(?!.*warning: account)/s, 'to end that rejects it');
$h->finish_ok(qr/TLSGATE0054.*"wrong-host"/, qr/TLSGATE0017.*vhost modern.*schedule later never applies to TLSv1,/);
says($ctl->run(qw(suspend beside --for PT2H --yes), @WHY), 3, qr/served until/, qr/\A(?!.* is now )/s, 'where no httpd acts on it, nobody is said to be served');

# --- more changes of phase than are followed
for ([2047, 'served, as before'], [2048, 'served at least until 2018-09-02 10:07:01Z, 15:37:01 IST (in 25 days), as before']) {
    my ($windows, $expected) = @$_;
    my $trials = join '', map { sprintf("TlsGateTrial 2018-09-%02dT%02d:%02d:00Z/PT1S\n", 1 + $_ / 1440, $_ / 60 % 24, $_ % 60) } 0 .. $windows - 1;
    my $many = TlsGate::Ctl->new(conf => "<TlsGateSchedule many>\nTlsGateDeprecate cleartext\n${trials}TlsGateCutoff 2019-01-01T00:00Z\n</TlsGateSchedule>\nTlsGate many report-only\n");
    like($many->run(qw(suspend many --for 1s --dry-run), @WHY)->{out}, qr/^  plain HTTP: \Q$expected\E$/m, "$windows trials");
    $many->{httpd}->finish_ok;
}
done_testing;
