# tlsgate-status behind filters that look for commands in what is answered: what a client sent is not run in any format,
# and reads as it does without them.
use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(decode_json);
use Test::More;
use TlsGate::Client qw(ask get readable);
use TlsGate::Httpd;

my $MARK = 'ran-this-command';
my $AGENT = qq(x <!--#exec cmd="id" --> <!--#include virtual="/secret.txt" --> y);
my @FILTERS = (['SetOutputFilter', 'SetOutputFilter INCLUDES'], ['AddOutputFilterByType', 'AddOutputFilterByType INCLUDES text/plain text/csv text/html application/json'],
    ['FilterChain', "FilterDeclare words\nFilterProvider words INCLUDES \"true\"\nFilterChain words"]);
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', modules => [qw(include filter)], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
SSLEngine on
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<Location /plain>
    SetHandler tlsgate-status
    Require all granted
</Location>
@{[ join "", map { "<Location /filtered$_>\nSetHandler tlsgate-status\nRequire all granted\nOptions +Includes\n$FILTERS[$_][1]\n</Location>\n" } 0 .. $#FILTERS ]}
<Directory \$DIR/htdocs>
    Options +Includes
    SetOutputFilter INCLUDES
</Directory>
CONF
$h->write_file('htdocs/secret.txt', $MARK);
$h->write_file('htdocs/run.txt', qq(<!--#include virtual="/secret.txt" -->\n));
$h->start;
$h->stop_clock('2018-07-10T09:00:00Z');
like(get($h->port, 'TLSv1.3', '/run.txt')->{body}, qr/^\Q$MARK\E$/m, 'a file is run: the filter does what it is for');
get($h->port, 'TLSv1', '/', "User-Agent: $AGENT");
sub page { my ($path, $format) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => "$path?format=$format") }
ok($h->wait_until(sub { page('/plain', 'csv')->{body} =~ /exec cmd/ }), 'a client with such a name of its program');

my %READ = (
    (map { my $of = $_; $of->[0] => sub { $of->[1]->($_[0]) =~ /(Who is left.*)Left out or lost/s ? $1 : 'no list' } } ['html', \&readable], ['text', sub { $_[0] }]), csv => sub { $_[0] =~ s/""/"/gr },
    json => sub { decode_json($_[0])->{stragglers}{items}[0]{user_agent} });
for my $format (sort keys %READ) {
    my $plain = $READ{$format}->(page('/plain', $format)->{body});
    like($plain, qr/\Q$AGENT\E/, "$format: as it was sent");
    for my $n (0 .. $#FILTERS) {
        my $r = page("/filtered$n", $format);
        is($r->{status}, 200, "... $FILTERS[$n][0]");
        is($READ{$format}->($r->{body}), $plain, '... the same');
        is($r->{headers}{'x-content-type-options'}, 'nosniff', '... and no browser guesses');
    }
}
unlike(get($h->port, 'TLSv1.3', "/filtered0?format=prometheus")->{body}, qr/exec cmd|secret/, 'metrics have nothing of a client');
$h->finish_ok;
done_testing;
