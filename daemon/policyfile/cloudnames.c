/* The lists of names that the cloud gives. */
#include "policyfile/cloudnames.h"

#include "base/text.h"

/* The service's endpoints (adb 2021-12-01, api-metadata of 2025-12, and its page of endpoints). */
static const char *const regions[] = {"ap-northeast-1", "ap-northeast-2", "ap-south-1",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6",
	"ap-southeast-7", "cn-beijing", "cn-beijing-finance-1", "cn-chengdu", "cn-guangzhou",
	"cn-hangzhou", "cn-hangzhou-finance", "cn-hongkong", "cn-huhehaote", "cn-north-2-gov-1",
	"cn-qingdao", "cn-shanghai", "cn-shanghai-finance-1", "cn-shanghai-mybk", "cn-shenzhen",
	"cn-shenzhen-finance-1", "cn-wulanchabu", "cn-zhangjiakou", "eu-central-1", "eu-west-1",
	"me-central-1", "me-east-1", "na-south-1", "us-east-1", "us-west-1", NULL};

static const struct {
	const char *begin, *product;
} products[] = {
	{"rm-", "RDS"},
	{"pc-", "PolarDB"},
	{"pxc-", "PolarDB-X"},
	{"dds-", "MongoDB"},
	{"gp-", "AnalyticDB for PostgreSQL"},
	{"cc-", "ClickHouse"},
	{"r-", "Redis"},
	{"ld-", "Lindorm"},
	{"hb-", "HBase"},
	{"i-", "ECS"},
};

const char *cloudname_region(const char *region)
{
	size_t area = strcspn(region, "-"), place = strcspn(region, "0123456789");
	const char *nearest;

	for (size_t i = 0; regions[i]; i++)
		if (strcmp(regions[i], region) == 0 ||
			(region[place] && strncmp(regions[i], region, place) == 0))
			return NULL;
	nearest = text_nearest(region, regions);
	return nearest && strncmp(nearest, region, area + 1) == 0 ? nearest : NULL;
}

const char *cloudname_product(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(products); i++)
		if (text_starts(id, products[i].begin))
			return products[i].product;
	return NULL;
}

bool cloudname_edition(const char *id, enum edition *ret)
{
	if (!text_starts(id, "am-") && !text_starts(id, "amv-"))
		return false;
	*ret = text_starts(id, "am-") ? EDITION_WAREHOUSE : EDITION_LAKEHOUSE;
	return true;
}
