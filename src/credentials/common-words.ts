// What Chinese passwords are made of, beside the leaked passwords that zxcvbn brings along: names
// and phrases in pinyin, number homophones, cities. Most frequent first; rank is the guess count.

export const commonChineseWords: readonly string[] = (
  'woaini woaini1314 5201314 woaiwojia aini1314 iloveyou520 1314520 woshishui nihao nihaoma ' +
  'woaibaba woaimama woaizhongguo zhongguo zhonghua renmin beijing shanghai guangzhou shenzhen ' +
  'tianjin chongqing wuhan chengdu hangzhou nanjing xian changsha dongguan foshan zhongshan ' +
  'shaoguan zhuhai huizhou shantou jiangmen zhanjiang maoming meizhou qingyuan jieyang ezhou ' +
  'suzhou wuxi ningbo wenzhou qingdao jinan zhengzhou dalian shenyang haerbin changchun xiamen ' +
  'fuzhou nanchang hefei kunming guiyang nanning haikou lanzhou xining yinchuan wulumuqi lasa ' +
  'taiyuan shijiazhuang huhehaote guangdong zhejiang jiangsu shandong henan hebei hunan hubei ' +
  'sichuan fujian anhui jiangxi shanxi shaanxi liaoning jilin heilongjiang yunnan guizhou hainan ' +
  'gansu qinghai xinjiang xizang neimenggu ningxia guangxi taiwan xianggang aomen ' +
  'mima wodemima mima123 denglu zhanghao shenfenzheng shouji dianhua youxiang gongshang ' +
  'zhengfu zhengwu shimin gongmin renzheng gonganju shehui shebao gongjijin yiliao ' +
  'wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song ' +
  'zheng xie han tang feng yu dong xiao cheng cao yuan deng fu shen zeng peng lv su lu jiang cai ' +
  'jia ding wei xue ye yan pan du dai xia zhong tian ren fan fang shi yao tan liao zou xiong jin ' +
  'hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan lei qian yin yi chang wu qiao ' +
  'lai gong wen wangwei zhangwei liwei lina wangfang liuyang wangli lijuan zhangmin lijing ' +
  'xiaoming xiaohong xiaoli xiaowei xiaofang xiaolong xiaohu baobao beibei tiantian lele huanhuan ' +
  'meimei jiejie gege didi baba mama laopo laogong qinai baobei xingfu kuaile jiankang pingan ' +
  'facai gongxi xinnian shengri aiqing pengyou tongxue laoshi ' +
  'wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiulan xia ping gang ' +
  'guiying hua hong jianhua jianguo guoqing weiguo aiguo lihua guohua zhiqiang zhigang yulan ' +
  'qwe123 asd123 zxc123 abc123 a123456 aa123456 qq123456 wang123 zhang123 li123456 1qaz2wsx ' +
  '147258369 123321 112233 520520 521521 7758521 7758258 5211314 1314521 168168 888888 666666'
).split(' ');
