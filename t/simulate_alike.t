# tlsgatectl simulate --log asks about clients that are alike once: each of many gets what it gets in a log
# of its own, whatever tells it from the others. And times that are not of whole minutes have seconds.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Ctl;
use TlsGate::State qw(document exempt);

my $ctl = TlsGate::Ctl->new(clock => '2018-07-09T12:00:00Z', conf => <<'CONF');
TlsGate legacy
TlsGateIdentity header:X-Account
<Location /main>
    TlsGate legacy report-only
</Location>
<LocationMatch ^/either>
    TlsGate quarter
</LocationMatch>
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateTrial     2018-07-10T10:00:10Z/PT5S every=PT1H until=2018-07-10T12:00:00Z
    TlsGateTrial     2018-07-10T20:00:00Z/PT10M
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule quarter>
    TlsGateDeprecate TLSv1 cipher=CBC
    TlsGateTrial     2018-07-10T14:00Z/PT1H share=25%
    TlsGateTrial     2018-07-10T16:00Z/PT1H share=60%
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
<VirtualHost *:81>
    ServerName a.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:81>
    ServerName alike.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:81>
    ServerName quarter.example.com
    SSLEngine on
    TlsGate quarter
    <Location /v1>
        TlsGate legacy
    </Location>
    <Location /v1/open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:81>
    ServerName soon.example.com
    SSLEngine on
    TlsGate quarter as=cutoff
</VirtualHost>
CONF
$ctl->write($ctl->{state}, document(exempt('quarter', 'account:c3', '2018-07-10T14:30:00Z'), exempt('legacy', '192.0.2.0/29', '2018-07-12T00:00:00Z'), exempt('legacy', 'account:c9', '2018-07-10T11:00:00Z')));

my @lines;
for my $n (1 .. 120) {
    my $host = (qw(a alike quarter quarter quarter soon nobody))[$n % 7];
    my $path = (qw(/ /v1/x /v1/open /main/x /either))[$n % 5];
    my $protocol = (qw(TLSv1 TLSv1.1 TLSv1.2))[$n % 3];
    my $cipher = $n % 4 == 0 ? ',"cipher":"TLS_RSA_WITH_AES_128_CBC_SHA"' : $n % 4 == 1 ? ',"cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"' : '';
    my $client = $n % 11 == 0 ? 'ip:192.0.2.' . $n % 16 : $n % 13 == 0 ? "cert:CN=c$n" : "account:c$n";
    my $address = $n % 6 ? sprintf('"client":{"ip":"192.0.2.%d"},', $n % 16) : '';
    push @lines, qq({"\@timestamp":"2018-07-01T00:00:00.000Z",$address"url":{"domain":"$host.example.com","path":"$path"},"tls":{"established":true$cipher},"tlsgate":{"client":"$client","protocol":"$protocol","schedule":"legacy"}}\n);
}
sub rows_of {
    my (@of) = @_;
    $ctl->write("$ctl->{dir}/log", join '', @of);
    my $said = $ctl->run('simulate', '--log', "$ctl->{dir}/log", '--at', '2018-07-10', '--json');
    my %row = map { join(' ', $_->{client}, @{ $_->{at} }, @{ $_->{traits} }) => JSON::PP->new->canonical->encode($_) } @{ $ctl->json_of($said)->{clients} };
    return \%row;
}
my %alone = map { %{ rows_of($_) } } @lines;
my $together = rows_of(@lines);
is(scalar keys %$together, scalar keys %alone, 'as many rows');
my %answers;
for (sort keys %alone) {
    is($together->{$_}, $alone{$_}, $_);
    $answers{ $alone{$_} =~ s/.*"times"//r }++;
}
cmp_ok(scalar keys %answers, '>=', 12, 'there are many different answers');

# --- in text
$ctl->write("$ctl->{dir}/log", qq({"\@timestamp":"2018-07-01T00:00:00.000Z","url":{"domain":"a.example.com","path":"/v2"},"tlsgate":{"client":"account:z","protocol":"TLSv1","schedule":"legacy"}}\n));
my $said = $ctl->run('simulate', '--log', "$ctl->{dir}/log", '--schedule', 'legacy', '--at', '2018-07-10')->{out} =~ s/\s+/ /gr;
like($said, qr/, 00:00:00Z to 10:00:10Z, 10:00:10Z to 10:00:15Z, /, 'seconds where they matter');
done_testing;
