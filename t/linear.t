#!/usr/bin/perl
# What the configuration costs grows with its length and not with the square of it: instructions
# of this module at three lengths, by callgrind, so that the load of the machine is no matter.
use strict;
use warnings;

use lib 't/lib', 't/bench';
use Callgrind;
use Test::More;
use TlsGate::Httpd;
use TlsGate::Many qw(schedules vhosts);

my ($valgrind) = grep { -x } map {"$_/valgrind"} split(/:/, $ENV{PATH});
plan skip_all => 'there is no valgrind' unless $valgrind;
plan skip_all => 'valgrind does not go with what is preloaded' if $ENV{TLSGATE_PRELOAD};

# The module's functions that httpd calls; none calls another one of them.
my @COUNTED = qw(tg_conf_create_server tg_conf_merge_server tg_directive_schedule tg_directive_gate tg_directive_log
    tg_page_find_all tg_conf_resolve tg_sightlog_check tg_mod_ssl_conf_read tg_notices_check tg_warnings_check
    tg_dump_test_config tg_mod_ssl_conf_init_server tg_notices_post_config tg_plan_file_post_config tg_warnings_post_config);

# Twice as many more may cost so much more: twice, and what sorting and hashes add.
my $MOST = 2.1;

my $ALL = "TlsGate legacy\nTlsGateLog logs/\@NUMBER\@\n<Location /x>\nTlsGate legacy report-only\n</Location>\n";
my $GATED = "TlsGateState \$DIR/cache/state.json\n" . TlsGate::Many::schedule('legacy');

# What there is so many of, the configuration, the arguments of httpd, the three lengths
my @ROWS = (
    [ 'virtual hosts with all directives', sub { $GATED . numbered(vhosts($_[0], "SSLEngine on\n$ALL")) }, '-t', 500 ],
    [ 'virtual hosts that inherit', sub { "$GATED TlsGate legacy\n" . vhosts($_[0], "SSLEngine on\n") }, '-t', 500 ],
    [ 'schedules', sub { schedules($_[0]) }, '-t -D DUMP_TLSGATE', 250 ],
    [ 'schedules', sub { $GATED . schedules($_[0]) }, '-X', 250 ],
    [ 'virtual hosts with all directives', sub { $GATED . numbered(vhosts($_[0], $ALL)) }, '-X', 250 ],
    [ 'virtual hosts with TLS', sub { $GATED . vhosts($_[0], "SSLEngine on\nTlsGate legacy\n") }, '-X', 15 ],
);

sub numbered { my ($conf) = @_; my $n = 0; return $conf =~ s/\@NUMBER\@/++$n/ger }

sub cost {
    my ($conf, $arguments) = @_;
    my $h = TlsGate::Httpd->new(mpm => 'prefork', conf => "Listen 127.0.0.1:\@tls\@\n$conf");
    return $arguments eq '-X' ? start_cost($h) : test_cost($h, split(/ /, $arguments));
}

# All that was counted before the first connection.
sub start_cost {
    my ($h) = @_;
    my $c = Callgrind->start(command => [ $h->command('-X') ], env => { $h->_environment }, port => $h->port('tls'),
        toggle => \@COUNTED, dump => 'ap_process_connection', keeps => $h);
    return Callgrind::total("$c->{dir}/out.1");
}

sub test_cost {
    my ($h, @arguments) = @_;
    my $out = $h->dir . '/callgrind';
    my @command = ($valgrind, '--tool=callgrind', '--quiet', '--collect-atstart=no', "--callgrind-out-file=$out",
        (map {"--toggle-collect=$_"} @COUNTED), $h->command(@arguments));
    my %env = $h->_environment;
    local %ENV = %env;
    my $said = `@{[ join(' ', map {"'$_'"} @command) ]} 2>&1`;
    return $? == 0 ? Callgrind::total($out) : die $said;
}

# What 2n more cost against what n more cost: what does not grow is left out.
for my $row (@ROWS) {
    my ($name, $conf, $arguments, $n) = @$row;
    my @cost = map { cost($conf->($_ * $n), $arguments) } 1, 2, 4;
    my $ratio = $cost[1] > $cost[0] ? ($cost[2] - $cost[1]) / ($cost[1] - $cost[0]) : 'unknown';
    my $figures = "@cost for $n, twice and four times as many";
    cmp_ok($ratio, '<=', $MOST, "$name: httpd $arguments") ? note("$figures: $ratio") : diag($figures);
}

done_testing();
