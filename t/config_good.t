#!/usr/bin/perl
# Valid configurations: every directive at once, names that are
# defined later or in another file, and how inner scopes replace outer ones. Invalid
# ones prevent a real start too, not only httpd -t.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Httpd;

my $SCHEDULE = "SSLEngine on\n<TlsGateSchedule s>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n";

sub configtest { my ($conf) = @_; return TlsGate::Httpd->new(conf => $conf)->configtest }

# "server[ location]" => "schedule[ as=PHASE][ report-only], ..." of every TlsGate scope.
sub scopes {
    my ($conf) = @_;
    my ($status, $said) = TlsGate::Httpd->new(conf => $conf)->run('-t', '-D', 'DUMP_TLSGATE_JSON');
    my ($json) = $said =~ /^(\{\n.*^\}\n)/ms or die "no JSON: $said";
    return { map {
        my $gates = $_->{gates};
        (join(' ', $_->{server}, $_->{location} // ()) => join(', ', map {
            join(' ', $_->{schedule}, $_->{as} ? "as=$_->{as}" : (), $_->{report_only} ? 'report-only' : ())
        } @$gates))
    } @{ JSON::PP->new->utf8->decode($json)->{scopes} } };
}

# --- every directive
my $EVERYTHING = <<'CONF';
SSLEngine on
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateDeprecate SSLv3
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T10:00+01:00/2018-07-10T11:23+01:00
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateGrace     2018-08-07T16:25+01:00/2018-08-21T10:00+01:00
    TlsGateGrace     2018-09-01T00:00Z/P1D
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateStatus    trial 503
    TlsGateStatus    cutoff 400
    TlsGateInfo      https://developer.example.com/tls
</TlsGateSchedule>
<tlsgateschedule "other">
    tlsgatedeprecate CLEARTEXT Unknown any kx=rsa KX=DHE "expr=%{HTTP_USER_AGENT} =~ m#^Java/1#"
</tlsgateschedule>
TlsGate legacy-tls report-only
TlsGate AS=announced other
TlsGateIdentity header:X-Account hash:query:api_key basic cert:subject expr:%{REMOTE_USER}
TlsGatePrivacy ip=truncate
TlsGateLog logs/tlsgate.ndjson
TlsGateAdvice "Java 7 has TLS 1.2 switched off" ua=Java/1\.7 cause=old protocol=TLSv1
TlsGateAdvice "Update your Java" ja4=t10d220800_8f3dcbce23eb ja4=t10i group=sect571r1 group=X25519MLKEM768
TlsGateAdvice "Update"
<Location /tlsverification>
    SetHandler tlsgate-verify
</Location>
<Location /tls-schedule>
    SetHandler tlsgate-schedule
    TlsGate off
</Location>
<VirtualHost *:80>
    ServerName a.example.com
    TlsGate legacy-tls as=cutoff
    TlsGateIdentity basic
    TlsGatePrivacy ip=full
    TlsGateLog "|/bin/cat >/dev/null"
    TlsGateAdvice "Ask us"
</VirtualHost>
CONF
my ($status, $said) = configtest($EVERYTHING);
is($status, 0, 'every directive at once') or diag($said);
is($said, "Syntax OK\n", 'without a warning');
($status, $said) = configtest('');
is($status, 0, 'no directive at all') or diag($said);
# The directory of its state file is made before, as the guide says, and its host speaks no TLS that is older.
($status, $said) = configtest("SSLEngine on\nSSLProtocol -all +TLSv1.2 +TLSv1.3\nDefine APACHE_LOG_DIR \$DIR/logs\n"
    . TlsGate::Httpd::slurp('conf/tlsgate.conf') =~ s{/var/lib/tlsgate/}{\$DIR/run/}gr);
is($said, "Syntax OK\n", 'conf/tlsgate.conf');

# --- names that are resolved when every file has been read
($status, $said) = configtest("TlsGate s\n<VirtualHost *:80>\nTlsGate s\n</VirtualHost>\n$SCHEDULE");
is($status, 0, 'TlsGate before its schedule') or diag($said);
my $including = TlsGate::Httpd->new(conf => "Include later.conf\nTlsGate s\nInclude s.conf\n");
$including->write_file('later.conf', "<Location /x>\nTlsGate s\n</Location>\n");
$including->write_file('s.conf', $SCHEDULE);
($status, $said) = $including->configtest;
is($status, 0, 'TlsGate and its schedule in files of their own') or diag($said);
$including->write_file('s.conf', '');
($status, $said) = $including->configtest;
like($said, qr{/later\.conf:2: TlsGate "s": there is no schedule}, 'a name that nothing defines: its file and line');

# --- lines of one scope add up; an inner scope replaces the outer
my $ABC = join('', map { $SCHEDULE =~ s/ s>/ $_>/r } qw(a b c));
is_deeply(scopes($ABC), {}, 'no TlsGate: no scope');
is_deeply(scopes("${ABC}TlsGate a b as=trial\nTlsGate report-only c\n"),
    { 'main server' => 'a as=trial, b as=trial, c report-only' },
    'lines of one scope add up, and options belong to their line');
is_deeply(scopes(<<"CONF"),
${ABC}TlsGate a
<VirtualHost *:81>
    ServerName inherits.example.com
</VirtualHost>
<VirtualHost *:82>
    ServerName replaces.example.com
    TlsGate b report-only
    <Location /c>
        TlsGate c as=observe
    </Location>
</VirtualHost>
<VirtualHost *:83>
    ServerName off.example.com
    TlsGate off
</VirtualHost>
<Location /open>
    TlsGate off
</Location>
CONF
    {
        'main server'                       => 'a',
        'main server /open'                 => '',
        'vhost inherits.example.com:81'     => 'a',
        'vhost replaces.example.com:82'     => 'b report-only',
        'vhost replaces.example.com:82 /c'  => 'c as=observe',
        'vhost off.example.com:83'          => '',
    },
    'a vhost inherits, replaces or is off; so does a Location');

# --- a real start refuses what httpd -t refuses
for my $case (
    ['a value',            "TlsGatePrivacy nonsense\n",                    qr/TlsGatePrivacy "nonsense": /],
    ['a schedule',         $SCHEDULE =~ s/TlsGateDepr.*//r,                qr/the schedule has no trait/],
    ['two dates',
        $SCHEDULE =~ s{(?=</)}{TlsGateAnnounce 2018-02-01T00:00Z\nTlsGateCutoff 2018-01-01T00:00Z\n}r,
        qr/it is announced after the cutoff/],
    ['an unknown name',    "TlsGate nobody\n",                             qr/there is no schedule of that name/],
    ['an unknown page',    "<Location /x>\nSetHandler tlsgate-x\n</Location>\n", qr/there is no such page/],
    ['a wrong place',      "$SCHEDULE<Directory />\nTlsGate s\n</Directory>\n",  qr/it is not allowed here/],
    ['a log without directory', "TlsGateLog nowhere/tlsgate.ndjson\n",
        qr{TlsGateLog "\S+/nowhere/tlsgate\.ndjson": the file cannot be opened for writing; name a file in}],
) {
    my ($name, $conf, $message) = @$case;
    my $httpd = TlsGate::Httpd->new(conf => "Listen 127.0.0.1:\@plain\@\n$conf");
    ok(!eval { $httpd->start; 1 }, "$name: httpd does not start");
    like($@, $message, "$name: the start says why");
    is(IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port('plain')), undef,
        "$name: nothing listens");
}

done_testing;
