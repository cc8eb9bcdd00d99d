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
<TlsGateSchedule gone>
    TlsGateDeprecate TLSv1.1 cipher=CBC
    TlsGateCutoff    2018-07-10T17:00Z
    TlsGateRefuse    2018-07-10T18:00Z
</TlsGateSchedule>
<VirtualHost *:81>
    ServerName gone.example.com
    SSLEngine on
    TlsGate gone
    <LocationMatch "^/last">
        TlsGate legacy
    </LocationMatch>
</VirtualHost>
<VirtualHost *:81>
    ServerName refuses.example.com
    SSLEngine on
    TlsGate gone
</VirtualHost>
<VirtualHost *:81>
    ServerName soon.example.com
    SSLEngine on
    TlsGate quarter as=cutoff
</VirtualHost>
CONF
$ctl->write($ctl->{state}, document(exempt('quarter', 'account:c3', '2018-07-10T14:30:00Z'), exempt('legacy', '192.0.2.0/29', '2018-07-12T00:00:00Z'), exempt('legacy', 'account:c9', '2018-07-10T11:00:00Z')));

my @lines;
for my $n (1 .. 180) {
    my $host = (qw(a alike quarter quarter gone soon nobody gone gone))[$n % 9];
    my $path = (qw(/ /v1/x /v1/open /main/x /either))[$n % 5];
    my $protocol = (qw(TLSv1 TLSv1.1 TLSv1.2))[$n % 3];
    my $cipher = $n % 4 == 0 ? ',"cipher":"TLS_RSA_WITH_AES_128_CBC_SHA"' : $n % 4 == 1 ? ',"cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"' : '';
    my $cause = $n % 17 < 12 ? sprintf ',"cause":"%s"', (qw(old capable pinned))[$n / 2 % 3] : '';
    my $decided = (qw(legacy gone gone))[$n % 3];
    my $client = $n % 11 == 0 ? 'ip:192.0.2.' . $n % 16 : $n % 13 == 0 ? "cert:CN=c$n" : "account:c$n";
    my $address = $n % 6 ? sprintf('"client":{"ip":"192.0.2.%d"},', $n % 16) : '';
    push @lines, qq({"\@timestamp":"2018-07-01T00:00:00.000Z",$address"url":{"domain":"$host.example.com","path":"$path"},"tls":{"established":true$cipher},"tlsgate":{"client":"$client","protocol":"$protocol","schedule":"$decided"$cause}}\n);
}
# Alike but for the cause, by which a handshake is refused or not, and for the lines of the server, by which it is.
push @lines, map { qq({"\@timestamp":"2018-07-01T00:00:00.000Z","client":{"ip":"198.51.100.1"},"url":{"domain":"gone.example.com","path":"/"},"tls":{"established":true,"cipher":"TLS_RSA_WITH_AES_128_CBC_SHA"},"tlsgate":{"client":"account:$_","protocol":"TLSv1.2","schedule":"gone","cause":"$_"}}\n) } qw(capable old pinned fallback);
push @lines, map { qq({"\@timestamp":"2018-07-01T00:00:00.000Z","client":{"ip":"198.51.100.1"},"url":{"domain":"$_.example.com","path":"/main"},"tlsgate":{"client":"account:at-$_","protocol":"TLSv1.1","schedule":"legacy"}}\n) } qw(a refuses);

sub rows_of {
    my (@of) = @_;
    $ctl->write("$ctl->{dir}/log", join '', @of);
    my $said = $ctl->run('simulate', '--log', "$ctl->{dir}/log", '--at', '2018-07-10', '--json');
    my %row;
    push @{ $row{ join(' ', $_->{client}, @{ $_->{at} }, @{ $_->{traits} }) } }, JSON::PP->new->canonical->encode($_) for @{ $ctl->json_of($said)->{clients} };
    return \%row;
}
my %alone;
for my $line (@lines) {
    my $rows = rows_of($line);
    push @{ $alone{$_} }, @{ $rows->{$_} } for keys %$rows;
}
my $together = rows_of(@lines);
is(scalar keys %$together, scalar keys %alone, 'as many rows');
my %answers;
for (sort keys %alone) {
    is_deeply([ sort @{ $together->{$_} // [] } ], [ sort @{ $alone{$_} } ], $_);
    $answers{s/.*"times"//r}++ for @{ $alone{$_} };
}
cmp_ok(scalar keys %answers, '>=', 20, 'there are many different answers');

# Where they are answered, in the order of the configuration, which is not told by one beside another.
for (
    [ 'a.example.com',    '/main/x',  'main server <Location /main>', 'main server <Location ^/either>' ],
    [ 'a.example.com',    '/',        'vhost a.example.com:81', 'main server <Location ^/either>' ],
    [ 'quarter.example.com', '/v1/open/', 'vhost quarter.example.com:81 <Location /v1/open>', 'main server <Location ^/either>' ],
    [ 'quarter.example.com', '/main',  'main server <Location /main>', 'main server <Location ^/either>' ],
    [ 'gone.example.com', '/x',       'vhost gone.example.com:81', 'main server <Location ^/either>', 'vhost gone.example.com:81 <Location ^/last>' ],
) {
    my ($host, $path, @at) = @$_;
    my ($row) = values %{ rows_of(qq({"\@timestamp":"2018-07-01T00:00:00.000Z","url":{"domain":"$host","path":"$path"},"tlsgate":{"client":"account:z","protocol":"TLSv1"}}\n)) };
    is_deeply(JSON::PP->new->decode($row->[0])->{at}, \@at, "$host$path");
}

# OPTIONS * has a path that begins with no slash, as has a request that httpd refuses: it is as if it were not told.
my $no_path = sub { my ($path) = @_; return rows_of(qq({"\@timestamp":"2018-07-01T00:00:00.000Z","url":{"domain":"quarter.example.com"$path},"tlsgate":{"client":"account:z","protocol":"TLSv1"}}\n)) };
is_deeply($no_path->(qq(,"path":"$_")), $no_path->(''), "a path of $_") for '*', 'example.com:443', '/../x';

# --- in text
$ctl->write("$ctl->{dir}/log", qq({"\@timestamp":"2018-07-01T00:00:00.000Z","url":{"domain":"a.example.com","path":"/v2"},"tlsgate":{"client":"account:z","protocol":"TLSv1","schedule":"legacy"}}\n));
my $said = $ctl->run('simulate', '--log', "$ctl->{dir}/log", '--schedule', 'legacy', '--at', '2018-07-10')->{out} =~ s/\s+/ /gr;
like($said, qr/, 00:00:00Z to 10:00:10Z, 10:00:10Z to 10:00:15Z, /, 'seconds where they matter');
done_testing;
