# Metrics, alert rules and the dashboard: promtool accepts them, and what they ask for is printed.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Client qw(get);
use TlsGate::Httpd;

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => <<'CONF')->start;
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/run/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
my $text = get($h->port, 'TLSv1.3', '/status?format=prometheus')->{body};
$h->finish_ok;
my %printed = map { $_ => 1 } $text =~ /^# TYPE (\S+) /mg;
cmp_ok(scalar(keys %printed), '>', 8, 'there are metrics');

sub named { my ($queries) = @_; my %n; $n{$_} = 1 for $queries =~ /\b(tlsgate_\w+)/g; return sort keys %n }
$printed{tlsgate_state_age_seconds} = 1; # only where there is a state file
my $rules = TlsGate::Httpd::slurp('conf/prometheus/tlsgate.rules.yml');
my $board = JSON::PP->new->utf8->decode(TlsGate::Httpd::slurp('conf/grafana/tlsgate.json'));
my @asked = (named(join ' ', map { map { $_->{expr} } @{ $_->{targets} } } @{ $board->{panels} }), named($rules));
cmp_ok(scalar(@asked), '>', 10, 'they are asked for');
ok($printed{$_}, "$_ is printed") for @asked;

my ($promtool) = grep { -x } map {"$_/promtool"} split(/:/, $ENV{PATH});
SKIP: {
    skip 'promtool is not installed', 3 unless $promtool;
    open(my $out, '|-', "$promtool check metrics >$h->{dir}/promtool 2>&1") or die "promtool: $!";
    print $out $text;
    ok(close($out), 'promtool check metrics') or diag(TlsGate::Httpd::slurp("$h->{dir}/promtool"));
    is(system("$promtool check rules conf/prometheus/tlsgate.rules.yml >$h->{dir}/promtool 2>&1"), 0, 'promtool check rules');
    is(system("$promtool test rules t/prometheus/rules_test.yml >$h->{dir}/promtool 2>&1"), 0, 'promtool test rules') or diag(TlsGate::Httpd::slurp("$h->{dir}/promtool"));
}
done_testing;
