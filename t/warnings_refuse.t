# Warnings of a start and of httpd -t about a Refuse date: that it leaves older versions, that
# it shuts all clients out, and that clients to be rejected before it cannot connect at all.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $OPEN = 'SSLCipherSuite DEFAULT:@SECLEVEL=0';
my $OLD  = "SSLProtocol -all +TLSv1 +TLSv1.1\n$OPEN";
my $ALL  = "SSLProtocol all -SSLv3\n$OPEN";

my $NEWER = 'which it deprecates; name a newer one in SSLProtocol, such as SSLProtocol all, and check that no SSLOpenSSLConfCmd removes it again';

# Of each virtual host: its name, its lines, and its warning; nothing if it is right.
# httpd -t does not know the effect of SSLOpenSSLConfCmd.
my @HOSTS = (
    [ 'right',        "$ALL\nTlsGate legacy" ],
    [ 'outage',       "$OLD\nTlsGate legacy", 'schedule legacy refuses every client from 2018-11-01T00:00:00Z: this server accepts nothing newer than TLSv1.1, ' . $NEWER ],
    [ 'outage-as',    "$OLD\nTlsGate undated as=refuse", 'schedule undated refuses every client: this server accepts nothing newer than TLSv1.1, ' . $NEWER ],
    [ 'outage-max',   "$ALL\nSSLOpenSSLConfCmd MaxProtocol TLSv1.1\nTlsGate legacy", 'schedule legacy refuses every client from 2018-11-01T00:00:00Z: this server accepts nothing newer than TLSv1.1, ' . $NEWER ],
    [ 'outage-off',   "$ALL\nSSLOpenSSLConfCmd Protocol -TLSv1.2,-TLSv1.3\nTlsGate legacy", 'schedule legacy refuses every client from 2018-11-01T00:00:00Z: this server accepts nothing newer than TLSv1.1, ' . $NEWER ],
    [ 'only-reports', "$OLD\nTlsGate legacy report-only" ],
    [ 'as-observe',   "$OLD\nTlsGate legacy as=observe" ],
    [ 'undated',      "$OLD\nTlsGate undated" ],
    [ 'gap',          "$ALL\nTlsGate tls12", 'schedule tls12 deprecates TLSv1.2 but not TLSv1 TLSv1.1, which is older' ],
    [ 'gap-closed',   "SSLProtocol -all +TLSv1.2 +TLSv1.3\n$OPEN\nTlsGate tls12" ],
    [ 'no-gap',       "$ALL\nTlsGate legacy tls12" ],
    [ 'between',      "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL\nTlsGate cut", 'schedule cut never applies to TLSv1 TLSv1.1' ],
    [ 'between-open', "$ALL\nTlsGate cut" ],
    [ 'cut-for-good', "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL\nTlsGate cut-for-good" ],
    [ 'past-refuse',  "SSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL\nTlsGate past" ],
);

my $h = TlsGate::Httpd->new(tls => 0, clock => '2018-07-01T00:00:00Z', conf => join("\n", <<'CONF', map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\n$_->[1]\n</VirtualHost>" } @HOSTS));
Listen 127.0.0.1:@tls@
SSLSessionCache shmcb:run/ssl_cache(512000)
TlsGateLog logs/tlsgate.ndjson
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse 2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule undated>
    TlsGateDeprecate TLSv1 TLSv1.1
</TlsGateSchedule>
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1.2
    TlsGateRefuse 2018-12-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule cut>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff 2018-06-01T00:00Z
    TlsGateRefuse 2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule cut-for-good>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff 2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule past>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse 2018-06-01T00:00Z
</TlsGateSchedule>
CONF

sub are_warned {
    my ($where, $text) = @_;
    for my $host (@HOSTS) {
        my ($name, $lines, $said) = @$host;
        $said = undef if $where eq 'httpd -t' && $lines =~ /SSLOpenSSLConfCmd/;
        my @about = $text =~ /tlsgate:warn\] TLSGATE\d{4}: vhost \Q$name\E\.example\.com:\d+: (.*)/g;
        is(scalar @about, $said ? 1 : 0, "$where: $name is named " . ($said ? 'once' : 'never')) or diag(join "\n", @about);
        like($about[0] // '', qr/^\Q$said\E/, "  $said") if $said;
    }
}

are_warned('httpd -t', ($h->configtest)[1]);
$h->start;
are_warned('at start', $h->error_log);
$h->finish_ok(map { qr/\Q$_->[2]\E/ } grep { $_->[2] } @HOSTS);
done_testing;
