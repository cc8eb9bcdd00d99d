# Warnings of a start and of httpd -t: a schedule for clients that the server does not let
# in, one that is over without a cutoff, and a server without mod_ssl. One server
# of many virtual hosts, so that only the wrong ones are named.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

my $NOW = '2018-07-01T00:00:00Z';
my $SCHEDULES = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule with-ssl3>
    TlsGateDeprecate SSLv3 TLSv1 TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule only-ssl3>
    TlsGateDeprecate SSLv3
</TlsGateSchedule>
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1.2
</TlsGateSchedule>
<TlsGateSchedule over>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule refused>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule in-grace>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-06-01T00:00Z
    TlsGateGrace     2018-06-02T00:00Z/2018-07-02T00:00Z
</TlsGateSchedule>
<TlsGateSchedule any>
    TlsGateDeprecate any
</TlsGateSchedule>
<TlsGateSchedule weak>
    TlsGateDeprecate kx=RSA cleartext
</TlsGateSchedule>
CONF

# Debian 12, /etc/apache2/mods-available/ssl.conf.
my $STOCK = "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL";
my $OPEN  = 'SSLCipherSuite DEFAULT:@SECLEVEL=0';

my $LEVEL    = qr/OpenSSL's security level does not let it in; write SSLCipherSuite DEFAULT:\@SECLEVEL=0, or, if it is to stay out, TlsGate \S+ as=refuse/;
my $PROTOCOL = qr/SSLProtocol, or SSLOpenSSLConfCmd, leaves it out; name it in SSLProtocol, such as SSLProtocol all, with SSLCipherSuite DEFAULT:\@SECLEVEL=0, or/;
my $CIPHERS  = qr/SSLCipherSuite has no cipher for it; add one, such as ECDHE-RSA-AES128-SHA, or/;
my $LIBRARY  = qr/this OpenSSL was built without it; deprecate other versions/;

# Of each virtual host: its name, mod_ssl's lines, TlsGate's lines (none: those of the
# server, TlsGate legacy), and the expected warning: schedule, versions, why; nothing if it is right.
my @HOSTS = (
    [ 'stock',          $STOCK,                           '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'open',           "SSLProtocol all -SSLv3\n$OPEN",  '' ],
    [ 'level-1',        'SSLCipherSuite DEFAULT:@SECLEVEL=1', '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'not-1-0',        "SSLProtocol all -TLSv1\n$OPEN",  '', 'legacy', 'TLSv1', $PROTOCOL ],
    [ 'only-1-2',       "SSLProtocol TLSv1.2\n$OPEN",     '', 'legacy', 'TLSv1 TLSv1.1', $PROTOCOL ],
    [ 'up-to-1-1',      "SSLProtocol TLSv1 +TLSv1.1\n$OPEN", '' ],
    [ 'with-a-gap',     "SSLProtocol +TLSv1 +TLSv1.2\n$OPEN", '', 'legacy', 'TLSv1 TLSv1.1', $PROTOCOL ],
    [ 'new-ciphers',    'SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0', '', 'legacy', 'TLSv1 TLSv1.1', $CIPHERS ],
    [ 'ciphers-of-1-3', "$STOCK\nSSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256", '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'stock-1-2',      $STOCK,                           'TlsGate tls12' ],
    [ 'ssl3-beside',    "SSLProtocol all -SSLv3\n$OPEN",  'TlsGate with-ssl3' ],
    [ 'ssl3-alone',     $OPEN,                            'TlsGate only-ssl3', 'only-ssl3', 'SSLv3', $LIBRARY ],
    [ 'as-cutoff',      $STOCK,                           'TlsGate legacy as=cutoff' ],
    [ 'as-refuse',      $STOCK,                           'TlsGate legacy as=refuse' ],
    [ 'as-announced',   $STOCK,                           'TlsGate over as=announced', 'over', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'as-trial',       $STOCK,                           'TlsGate legacy as=trial', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'report-only',    $STOCK,                           'TlsGate legacy report-only', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'over',           $STOCK,                           'TlsGate over refused' ],
    [ 'in-grace',       $STOCK,                           'TlsGate in-grace', 'in-grace', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'other-traits',   $STOCK,                           'TlsGate any weak' ],
    [ 'off',            $STOCK,                           'TlsGate off' ],
    [ 'two-places',     $STOCK, "TlsGate off\n<Location /a>\nTlsGate legacy\n</Location>\n<Location /b>\nTlsGate legacy\n</Location>",
        'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'in-sections',    "<IfModule mod_ssl.c>\n$OPEN\n</IfModule>", '' ],
    [ 'of-requests',    "$OPEN\n<If true>\nSSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256\n</If>", '' ],
    [ 'in-no-section',  "$OPEN\n<IfModule !mod_ssl.c>\n$STOCK\n</IfModule>", '' ],
    [ 'last-wins',      "$STOCK\n$OPEN",                  '' ],
    [ 'conf-cmd',       "$STOCK\nSSLOpenSSLConfCmd CipherString DEFAULT:\@SECLEVEL=0", '' ],
    [ 'included',       'Include stock.conf',             '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'inherits',       '',                               '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
    [ 'no-tls',         'SSLEngine off',                  '' ],
    [ 'together',       "SSLProtocol all -SSLv3\n$OPEN",  'TlsGate legacy tls12' ],
);

# A directive of the server also applies to virtual hosts before it.
my $h = TlsGate::Httpd->new(tls => 0, clock => $NOW, conf => join("\n", 'Listen 127.0.0.1:@tls@', 'SSLSessionCache shmcb:run/ssl_cache(512000)', $SCHEDULES,
    'TlsGate legacy', 'TlsGateLog logs/tlsgate.ndjson',
    (map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n$_->[2]\n</VirtualHost>" } @HOSTS[ 0 .. 12 ]),
    '<IfModule mod_ssl.c>', 'Include hosts.conf', '</IfModule>', $STOCK, ''));
$h->write_file('stock.conf', "$STOCK\n");
$h->write_file('hosts.conf', join("\n",
    map { "<VirtualHost *:@{[$h->port]}>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n$_->[2]\n</VirtualHost>" } @HOSTS[ 13 .. $#HOSTS ]));

# Virtual hosts of one address: one without its own SSLProtocol, or the server's, keeps the
# range of the first, with which the connection began. All of them inherit its ciphers.
my @BEHIND = (
    [ 'first-1-2',  'SSLProtocol TLSv1.2',    'TlsGate off' ],
    [ 'behind-1-2', '',                       '', 'legacy', 'TLSv1 TLSv1.1', $PROTOCOL ],
    [ 'own-range',  'SSLProtocol all -SSLv3', '' ],
);

# mod_ssl adds the versions that SSLOpenSSLConfCmd switches off for the first to those of the one that
# SNI selects, SSLProtocol or not. Only a start knows its effect: httpd -t does not run it.
my $OFF = 'SSLOpenSSLConfCmd Protocol';
my @OFF = (
    [ 'first-off',     "SSLProtocol all -SSLv3\n$OFF -TLSv1", 'TlsGate off' ],
    [ 'behind-off',    '',                                    '', 'legacy', 'TLSv1', $PROTOCOL ],
    [ 'own-range',     'SSLProtocol all -SSLv3',              '', 'legacy', 'TLSv1', $PROTOCOL ],
    [ 'off-both',      "$OFF -TLSv1.1",                       '', 'legacy', 'TLSv1 TLSv1.1', $PROTOCOL ],
    [ 'own-range-off', "SSLProtocol all -SSLv3\n$OFF -TLSv1.1", '', 'legacy', 'TLSv1 TLSv1.1', $PROTOCOL ],
    [ 'own-level',     'SSLCipherSuite DEFAULT:@SECLEVEL=1',  '', 'legacy', 'TLSv1 TLSv1.1', $LEVEL ],
);

# Every warning of this module, without time and level.
sub warned { return $_[0] =~ /tlsgate:warn\] TLSGATE\d{4}: (.*)/g }

sub is_warned {
    my ($where, $hosts, @said) = @_;
    for (@$hosts) {
        my ($host, undef, undef, $schedule, $versions, $why) = @$_;
        my @about = grep { /^vhost \Q$host\E\.example\.com:/ } @said;
        is(scalar @about, $schedule ? 1 : 0, "$where: $host is named " . ($schedule ? 'once' : 'never')) or diag(join "\n", @about);
        like($about[0] // '', qr/: schedule \Q$schedule\E never applies to \Q$versions\E, because .*: $why/, "  and why: $versions")
            if $schedule;
    }
    is_deeply([grep { !/^vhost / } @said], [], "$where: nothing else is named, such as the server, which speaks no TLS");
}

is_warned('httpd -t', \@HOSTS, warned(($h->configtest)[1]));
$h->start;
is_warned('start', \@HOSTS, warned($h->error_log . $h->output));
ok($h->graceful, 'a graceful restart');
is(scalar(grep { /^vhost stock\./ } warned($h->error_log . $h->output)), 2, 'is a start: it warns again, once');
$h->finish_ok(qr/tlsgate:warn\].*never applies to/);

my $behind = TlsGate::Httpd->new(tls => 0, clock => $NOW, conf => join("\n", 'Listen 127.0.0.1:@tls@',
    'SSLSessionCache shmcb:run/ssl_cache(512000)', $SCHEDULES, 'TlsGate legacy', 'TlsGateLog logs/tlsgate.ndjson', $OPEN,
    map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n$_->[2]\n</VirtualHost>" } @BEHIND) . "\n");
is_warned('httpd -t', \@BEHIND, warned(($behind->configtest)[1]));
$behind->start;
is_warned('start', \@BEHIND, warned($behind->error_log . $behind->output));
my %open = map { $_->[0] => ask(port => $behind->port, tls => 'TLSv1', sni => "$_->[0].example.com") ? 1 : 0 } @BEHIND;
is_deeply(\%open, { 'first-1-2' => 0, 'behind-1-2' => 0, 'own-range' => 1 }, 'and those hosts accept TLSv1');
$behind->finish_ok(qr/tlsgate:warn\].*never applies to/);

my $off = TlsGate::Httpd->new(tls => 0, clock => $NOW, conf => join("\n", 'Listen 127.0.0.1:@tls@',
    'SSLSessionCache shmcb:run/ssl_cache(512000)', $SCHEDULES, 'TlsGate legacy', 'TlsGateLog logs/tlsgate.ndjson', $OPEN,
    map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n$_->[2]\n</VirtualHost>" } @OFF) . "\n");
my %in_test = map { $_ => 1 } 'own-level';
is_warned('httpd -t', [ map { $in_test{ $_->[0] } ? $_ : [ $_->[0] ] } @OFF ], warned(($off->configtest)[1]));
$off->start;
is_warned('start', \@OFF, warned($off->error_log . $off->output));
for (@OFF) {
    my ($host, undef, undef, undef, $out) = @$_;
    my @in = grep { my $r = ask(port => $off->port, tls => $_, sni => "$host.example.com"); $r && $r->{status} == 200 } 'TLSv1', 'TLSv1.1';
    my @left = grep { my $tls = $_; !grep { $_ eq $tls } split ' ', $out // 'TLSv1' } 'TLSv1', 'TLSv1.1';
    is_deeply(\@in, \@left, "and those versions are accepted by $host: " . (join(' ', @left) || 'none'));
}
$off->finish_ok(qr/tlsgate:warn\].*never applies to/);

# --- a schedule that is over, at both sides of the end of its last trial ----------
my $TRIALS = <<'CONF';
<TlsGateSchedule trials>
    TlsGateDeprecate cleartext
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateTrial     2018-07-20T09:00Z/PT1H every=PT2H until=2018-07-20T12:00Z
</TlsGateSchedule>
TlsGate trials
CONF
my $PAST = qr{httpd\.conf:\d+: <TlsGateSchedule "trials">: all its trials are in the past and it has no TlsGateCutoff, .*; add TlsGateCutoff, or};
my $over = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@plain\@\n$TRIALS", clock => $NOW);
for (
    [ '2018-07-15T00:00:00Z', 0, 'between two trials',         $TRIALS ],
    [ '2018-07-20T11:59:00Z', 0, 'in the last trial',          $TRIALS ],
    [ '2018-07-20T12:00:00Z', 1, 'when it is over',            $TRIALS ],
    [ '2019-07-20T12:00:00Z', 0, 'over, but there is a cutoff', $TRIALS =~ s/(?=<\/Tls)/TlsGateCutoff 2019-01-01T00:00Z\n/r ],
    [ '2019-07-20T12:00:00Z', 0, 'over, but there is a Refuse', $TRIALS =~ s/cleartext/TLSv1/r =~ s/(?=<\/Tls)/TlsGateRefuse 2019-01-01T00:00Z\n/r ],
    [ '2019-07-20T12:00:00Z', 0, 'no trial at all',            $TRIALS =~ s/^ +TlsGateTrial.*\n//gmr ],
) {
    my ($instant, $n, $what, $conf) = @$_;
    $over->write_conf("Listen 127.0.0.1:\@plain\@\n$conf");
    $over->set_clock($instant);
    my @said = warned(($over->configtest)[1]);
    is(scalar @said, $n, "httpd -t, $what: " . ($n ? 'a warning' : 'silence')) or diag(join "\n", @said);
    like($said[0] // '', $PAST, '  with what to add') if $n;
}
$over->write_conf("Listen 127.0.0.1:\@plain\@\n$TRIALS");
$over->start;
is(scalar(grep { /$PAST/ } warned($over->error_log . $over->output)), 1, 'a start warns once');
$over->finish_ok($PAST);

# --- without mod_ssl ---------------------------------------------------------------
for (
    [ 'TLSv1 cleartext', 1, 'a schedule of TLS versions' ],
    [ 'cleartext',       0, 'a schedule that needs none' ],
    [ 'kx=classical',    0, 'a schedule of groups', 1 ],
    [ 'any',             1, 'a schedule of everything' ],
) {
    my ($traits, $n, $what, $groups) = @$_;
    my $deaf = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@plain\@\n<TlsGateSchedule s>\nTlsGateDeprecate $traits\n</TlsGateSchedule>\nTlsGate s\n");
    $deaf->write_file('httpd.conf', TlsGate::Httpd::slurp($deaf->dir . '/httpd.conf') =~ s/^(?:LoadModule ssl_module|SSL).*\n//gmr);
    $deaf->start;
    is(scalar(() = ($deaf->error_log . $deaf->output) =~ /tlsgate:notice\] TLSGATE\d{4}: mod_ssl is not loaded: TlsGateRefuse, the log/g), $n,
        "without mod_ssl, $what: " . ($n ? 'one warning' : 'no warning'));
    my $unknown = qr/TLSGATE0081: mod_ssl is not loaded, and no other TLS module tells the group of a connection: kx=classical is every request over TLSv1\.2 and older, and none over TLSv1\.3; load mod_ssl$/m;
    is(scalar(() = $deaf->error_log =~ /$unknown/g), $groups || 0, $groups ? '... one about groups' : '... none about groups');
    is(ask(port => $deaf->port('plain'))->{status}, 200, 'and it serves');
    $deaf->finish_ok($groups ? $unknown : ());
}

# --- clients that the stock settings turn away are still logged -----------------------
my $stock = TlsGate::Httpd->new(tls => 0, clock => $NOW, conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
LogLevel warn
SSLSessionCache shmcb:run/ssl_cache(512000)
$STOCK
$SCHEDULES
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:\@tls\@>
    SSLEngine on
</VirtualHost>
CONF
$stock->start;
my $n = 0;
for my $tls ('TLSv1', 'TLSv1.1') {
    is(connect_to(port => $stock->port, tls => $tls, sni => 'old.example.com'), undef, "stock Debian 12 does not accept $tls");
    my ($alert) = $SSL_ERROR =~ /alert (.*)/;
    my $s = ($stock->wait_sightings(++$n))[-1];
    is_deeply([ $s->{tls}{established} ? 1 : 0, $s->{tls}{client}{server_name}, @{ $s->{tlsgate} }{qw(alert protocol schedule phase verdict)} ],
        [ 0, 'old.example.com', ($alert // 'none') =~ tr/ /_/r, $tls, 'legacy', 'announced', 'warn' ], 'and the log has the client and the alert');
}
is(ask(port => $stock->port, tls => $_)->{status}, 200, "$_ is served") for 'TLSv1.2', 'TLSv1.3';
is(scalar($stock->sightings), $n, 'and is not a sighting');
$stock->finish_ok(qr/never applies to TLSv1 TLSv1\.1, .*SECLEVEL=0/);
done_testing;
